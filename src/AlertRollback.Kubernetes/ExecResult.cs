namespace AlertRollback.Kubernetes;

/// <summary>How long a command in a container may take, and how much it may say.</summary>
/// <param name="Timeout">From the start of the command on.</param>
/// <param name="MaxOutputBytes">What is kept of each of the two outputs, from their beginning; the rest is read and dropped.</param>
public sealed record ExecOptions(TimeSpan Timeout, int MaxOutputBytes = 64 * 1024);

/// <summary>What a command in a container came to.</summary>
/// <param name="ExitCode">Null when there is none: the time was over, or the command could not be started.</param>
/// <param name="TimedOut">Nobody waited any longer. Without a terminal nothing ends the command: it may still run.</param>
/// <param name="Clipped">One of the outputs was longer than what is kept.</param>
/// <param name="Failure">Why the command could not be run, without its arguments; null when it ran.</param>
public sealed record ExecResult(int? ExitCode, string Output, string Errors, bool TimedOut = false, bool Clipped = false, string? Failure = null)
{
    public bool Succeeded => ExitCode == 0;
}
