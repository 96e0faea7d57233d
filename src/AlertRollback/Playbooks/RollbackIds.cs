namespace AlertRollback.Playbooks;

/// <summary>What ids of rollbacks say of each other.</summary>
internal static class RollbackIds
{
    /// <summary>Whether <paramref name="other"/> is the rollback itself, or one that it took over from and is named after.</summary>
    public static bool IsOwn(string rollbackId, string other) => other == rollbackId || rollbackId.StartsWith($"{other}-", StringComparison.Ordinal);
}
