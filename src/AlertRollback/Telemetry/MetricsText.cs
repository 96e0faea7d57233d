using System.Buffers;
using System.Globalization;
using System.Text;

namespace AlertRollback.Telemetry;

/// <summary>
/// Prometheus' text format, version 0.0.4. A client library would keep instruments beside the journal and count a second time;
/// here each answer is made of what the journal says, and nothing is left of it afterwards.
/// https://prometheus.io/docs/instrumenting/exposition_formats/
/// </summary>
internal static class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Straight into where it is sent from: it is asked for all day.</summary>
    public static void Write(IBufferWriter<byte> to, IEnumerable<MetricFamily> families)
    {
        foreach (var family in families)
            Write(to, family);
    }

    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static void Write(IBufferWriter<byte> to, MetricFamily family)
    {
        Write(to, "# HELP ", family.Name, " ", Escaped(family.Help), "\n");
        Write(to, "# TYPE ", family.Name, " ", family.Type.Word(), "\n");
        foreach (var sample in family.Samples)
        {
            Write(to, family.Name, sample.Suffix);
            WriteLabels(to, sample.Labels);
            Write(to, " ", Number(sample.Value), "\n");
        }
    }

    private static void WriteLabels(IBufferWriter<byte> to, IReadOnlyList<(string Name, string Value)> labels)
    {
        if (labels.Count == 0)
            return;
        var before = "{";
        foreach (var (name, value) in labels)
        {
            Write(to, before, name, "=\"", Escaped(value).Replace("\"", "\\\"", StringComparison.Ordinal), "\"");
            before = ",";
        }

        Write(to, "}");
    }

    private static void Write(IBufferWriter<byte> to, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
            Encoding.UTF8.GetBytes(text, to);
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
