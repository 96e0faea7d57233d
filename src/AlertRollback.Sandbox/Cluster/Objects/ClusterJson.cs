using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AlertRollback.Sandbox.Cluster.Objects;

internal static class ClusterJson
{
    /// <summary>Kubernetes does not escape quotes and angle brackets as \u sequences; people read these answers.</summary>
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A time as the API writes it: whole seconds.</summary>
    public static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(string? stamp) =>
        DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
