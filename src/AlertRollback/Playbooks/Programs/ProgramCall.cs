namespace AlertRollback.Playbooks.Programs;

/// <summary>One run of a local program.</summary>
/// <param name="Run">The program, by path or by name on PATH, and its arguments: there is no shell.</param>
/// <param name="Timeout">After this the program and all it started are asked to end (SIGTERM), then killed.</param>
public sealed record ProgramCall(IReadOnlyList<string> Run, TimeSpan Timeout)
{
    /// <summary>Where it runs; null: the root directory.</summary>
    public string? Directory { get; init; }

    /// <summary>All it gets besides PATH and LANG.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Values that never appear in what is kept of its output.</summary>
    public IReadOnlyCollection<string> Secrets { get; init; } = [];
}

/// <summary>What came of running a program.</summary>
public abstract record ProgramResult
{
    /// <param name="Output">The end of its standard output, secrets masked.</param>
    /// <param name="Errors">The end of its standard error, secrets masked.</param>
    public sealed record Ended(int ExitCode, string Output, string Errors, TimeSpan Took) : ProgramResult
    {
        /// <summary>What it said last, on either: what people want to see first.</summary>
        public string LastLine => ProgramOutput.LastLine(ExitCode != 0 && Errors.Length > 0 ? Errors : Output.Length > 0 ? Output : Errors);
    }

    /// <summary>It was ended, with all it had started: how far it was by then, nobody knows.</summary>
    public sealed record TimedOut(TimeSpan After, string LastLine) : ProgramResult;

    /// <summary>It was never started, and why.</summary>
    /// <param name="Measured">Because it is not there at all, not because something it needs could not be had now.</param>
    public sealed record NotStarted(string Why, bool Measured = false) : ProgramResult;
}
