namespace AlertRollback.Sandbox.Cluster;

/// <summary>How the pretend cluster behaves; every wait goes through the cluster's <see cref="TimeProvider"/>.</summary>
/// <param name="ReadyDelay">From a pod's creation until it is ready, or fails as its image tag says.</param>
/// <param name="TerminationDelay">From a pod's deletion until it is gone.</param>
/// <param name="ControllerDelay">From a change until the controllers act on it. Above zero, a client sees the old status first, as in a real cluster.</param>
/// <param name="Port">0: any free port.</param>
/// <param name="Token">The bearer token that opens the API.</param>
public sealed record SandboxClusterOptions(
    TimeSpan ReadyDelay,
    TimeSpan TerminationDelay,
    TimeSpan ControllerDelay,
    int Port = 0,
    string Token = "sandbox-token")
{
    /// <summary>Rollouts that take a moment: for people who watch.</summary>
    public static SandboxClusterOptions Leisurely { get; } =
        new(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(0.5), TimeSpan.FromMilliseconds(100));

    /// <summary>Rollouts that take milliseconds: for tests.</summary>
    public static SandboxClusterOptions Quick { get; } =
        new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero, TimeSpan.FromMilliseconds(5));
}
