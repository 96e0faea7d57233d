namespace AlertRollback.Sandbox;

/// <summary>What runs in the pretend cluster, as far as the pretend application and its numbers need to know.</summary>
public interface IRunningImages
{
    /// <summary>The workload's pods of all revisions; empty when there is no such workload.</summary>
    IReadOnlyList<RunningPod> Pods(string @namespace, string workload);
}

/// <summary>One pod.</summary>
/// <param name="Image">With its tag, which decides how the pod behaves.</param>
public sealed record RunningPod(string Name, string Image, bool Ready)
{
    /// <summary>Runs and is ready, but answers every fifth request with an error.</summary>
    public bool HasErrors => Tag.Contains("errors", StringComparison.Ordinal);

    /// <summary>Runs and is ready, but takes six seconds for an answer.</summary>
    public bool IsSlow => Tag.Contains("slow", StringComparison.Ordinal);

    private string Tag => Image[(Image.LastIndexOf(':') + 1)..];
}
