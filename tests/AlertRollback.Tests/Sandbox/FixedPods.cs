using AlertRollback.Sandbox;

namespace AlertRollback.Tests.Sandbox;

/// <summary>Pods of production/rental-api, given by their images; one that ends in <c>!</c> is not ready.</summary>
internal sealed class FixedPods(params string[] images) : IRunningImages
{
    public string[] Images { get; set; } = images;

    public IReadOnlyList<RunningPod> Pods(string @namespace, string workload) => (@namespace, workload) == ("production", "rental-api")
        ? [.. Images.Select((image, i) => new RunningPod($"rental-api-{i}", image.TrimEnd('!'), !image.EndsWith('!')))]
        : [];
}
