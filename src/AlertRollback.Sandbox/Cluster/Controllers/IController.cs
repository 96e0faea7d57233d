namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>One of the loops that move the cluster towards what its objects ask for. Runs under the store's lock.</summary>
internal interface IController
{
    /// <summary>Takes every step that can be taken now; answers when the next one is due by the clock alone, if any.</summary>
    DateTimeOffset? Run();
}

internal static class Due
{
    public static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;
}
