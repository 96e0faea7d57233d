namespace AlertRollback.Playbooks.Git;

/// <summary>What a failing git means.</summary>
public enum GitFault
{
    /// <summary>Worth asking again: the network, the server, a lock.</summary>
    Unavailable,

    /// <summary>The program is not installed, or its surroundings are not as the operator declared them.</summary>
    NotThere,
}

/// <summary>git did not do what it was asked.</summary>
public sealed class GitException(GitFault fault, string message) : Exception(message)
{
    public GitFault Fault => fault;
}
