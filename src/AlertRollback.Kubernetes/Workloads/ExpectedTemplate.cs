using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The pod template that should be running. One whose pods were only started anew since is the same.</summary>
/// <param name="Digest">Of the template as it was written.</param>
/// <param name="Release">Its digest without restart marks and our own; null: not known, or the restart is what is wanted.</param>
public sealed record ExpectedTemplate(string Digest, string? Release)
{
    /// <param name="template">Normalized.</param>
    public static ExpectedTemplate Of(JsonObject template) => new(PodTemplate.Digest(template), PodTemplate.ReleaseDigest(template));

    /// <param name="template">Normalized.</param>
    public bool Is(JsonObject template) => PodTemplate.Digest(template) == Digest || (Release is { } release && PodTemplate.ReleaseDigest(template) == release);
}
