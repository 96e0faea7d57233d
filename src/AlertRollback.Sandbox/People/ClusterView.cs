namespace AlertRollback.Sandbox.People;

/// <summary>What the page shows of the cluster.</summary>
/// <param name="Requests">What the cluster's API was asked, oldest first.</param>
public sealed record ClusterView(IReadOnlyList<DeploymentView> Deployments, IReadOnlyList<RequestView> Requests)
{
    public static ClusterView Empty { get; } = new([], []);
}

/// <summary>One Deployment.</summary>
/// <param name="Image">Of its template.</param>
/// <param name="Revision">Of its template; empty while the controller has given it none.</param>
/// <param name="Pods">Of all revisions.</param>
public sealed record DeploymentView(string Namespace, string Name, string Image, string Revision, int Wanted, IReadOnlyList<RunningPod> Pods);

/// <summary>One request to the cluster's API.</summary>
/// <param name="Path">With its query.</param>
/// <param name="Status">0: not answered yet, as with a watch.</param>
public sealed record RequestView(DateTimeOffset Time, string Method, string Path, int Status)
{
    internal bool IsDryRun => Path.Contains("dryRun=All", StringComparison.Ordinal);

    internal bool IsWrite => Method is not ("GET" or "HEAD") && !IsDryRun;
}
