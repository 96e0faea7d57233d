namespace AlertRollback.Operators;

// What a team may do outside Kubernetes, each by a name that its matrix refers to (S15).

/// <summary>A program the team may have run; its command line is the operator's, never the matrix's.</summary>
/// <param name="Run">The program and its arguments, one by one: there is no shell. May hold <c>${name}</c> of <see cref="Inputs"/>.</param>
public sealed record GrantedCommand(IReadOnlyList<string> Run)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Where it is run; null: the root directory.</summary>
    public string? Directory { get; init; }

    /// <summary>All it gets besides PATH and LANG.</summary>
    public IReadOnlyDictionary<string, GrantedVariable> Environment { get; init; } = new Dictionary<string, GrantedVariable>();

    /// <summary>A program that says whether it was carried out: exit code 0 is yes, 1 is no; empty: nobody can tell.</summary>
    public IReadOnlyList<string> ReadBack { get; init; } = [];

    /// <summary>Running it twice equals once, so that it may be run again after a crash.</summary>
    public bool Converges { get; init; }

    /// <summary>It only looks: a check may run it, again and again.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What the matrix may fill in, by name, each with the expression it has to match as a whole.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();
}

/// <summary>The value of an environment variable: a text, or the content of a file, which is then a secret.</summary>
public sealed record GrantedVariable(string? Text, string? File);

/// <summary>A git repository in which a team's commits may be reverted.</summary>
/// <param name="Directory">The clone that this service keeps for itself.</param>
/// <param name="Branches">The branches a revert may be meant for.</param>
public sealed record GrantedRepository(string Url, string Directory, IReadOnlyList<string> Branches)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    /// <summary>After this git is ended, whatever it is at: the first fetch of a big repository takes longest.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>A token for pushing over HTTPS and for the API; null: none is needed.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The user name that goes with the token over HTTPS.</summary>
    public string User { get; init; } = "x-access-token";

    /// <summary>Address of the repository in GitHub's REST API, for pull requests: <c>https://api.github.com/repos/OWNER/NAME</c>.</summary>
    public string? Api { get; init; }

    /// <summary>Whether a revert may be pushed to a protected branch without a review, where the matrix asks for that.</summary>
    public bool BypassAllowed { get; init; }

    public string Author { get; init; } = "AlertRollback <alertrollback@localhost>";

    /// <summary>What git gets besides PATH, e.g. GIT_SSH_COMMAND.</summary>
    public IReadOnlyDictionary<string, GrantedVariable> Environment { get; init; } = new Dictionary<string, GrantedVariable>();
}

/// <summary>A container engine with the Docker Engine API.</summary>
/// <param name="Address"><c>unix:///run/docker.sock</c> or <c>tcp://host:2376</c>.</param>
/// <param name="Containers">The only containers the team may have replaced.</param>
public sealed record GrantedEngine(string Address, IReadOnlyList<string> Containers)
{
    /// <summary>Certificates for TCP, in PEM files; over TCP all three are needed beyond this machine.</summary>
    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }
}

/// <summary>A directory that may be replaced by the content of an archive.</summary>
/// <param name="Archives">Archives (tar, also gzipped) by name.</param>
public sealed record GrantedDirectory(string Path, IReadOnlyDictionary<string, string> Archives);
