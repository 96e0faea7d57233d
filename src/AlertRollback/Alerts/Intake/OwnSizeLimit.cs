using Microsoft.AspNetCore.Http.Metadata;

namespace AlertRollback.Alerts.Intake;

/// <summary>Lifts the server's own limit: the intake counts for itself and answers in its own words.</summary>
internal sealed class OwnSizeLimit : IRequestSizeLimitMetadata
{
    public static OwnSizeLimit Instance { get; } = new();

    public long? MaxRequestBodySize => null;
}
