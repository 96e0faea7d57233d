namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>A clock that is ahead of the cluster's; what it waits for takes as long as ever.</summary>
internal sealed class Ahead(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
