namespace AlertRollback.Playbooks.Captures;

/// <summary>What a step keeps of what it, or a later one, destroys (S18).</summary>
public static class KeptEvidence
{
    /// <summary>The name of the mark in a step's journal.</summary>
    public const string MarkName = "evidence";

    /// <summary>How people read it.</summary>
    public static string Command(string rollbackId) => $"alertrollback evidence {rollbackId}";
}
