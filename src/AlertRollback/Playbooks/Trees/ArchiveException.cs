namespace AlertRollback.Playbooks.Trees;

/// <summary>An archive that is not taken: it is damaged, or it reaches for something outside the directory it is unpacked into.</summary>
public sealed class ArchiveException(string message) : Exception(message);
