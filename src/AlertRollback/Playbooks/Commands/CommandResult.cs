namespace AlertRollback.Playbooks.Commands;

/// <summary>What came of running a program with its arguments somewhere.</summary>
public abstract record CommandResult
{
    /// <param name="Output">Standard output, clipped.</param>
    /// <param name="Errors">Standard error, clipped.</param>
    public sealed record Ended(int ExitCode, string Output, string Errors, bool Clipped = false) : CommandResult
    {
        /// <summary>What it said last, on either and with secrets masked: what people want to see first.</summary>
        public string LastLine => ExitCode != 0 && LastOf(Errors) is { Length: > 0 } complaint ? complaint : LastOf(Output) is { Length: > 0 } said ? said : LastOf(Errors);

        private static string LastOf(string text) => Texts.Clip(Kubernetes.Workloads.EvidenceReader.Mask(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? ""), 200);
    }

    /// <summary>It certainly was not run.</summary>
    /// <param name="Measured">Because it cannot be run there at all, not because nobody could be asked.</param>
    /// <param name="Reason">Why not, in the one word for it.</param>
    public sealed record NotStarted(string Why, bool Measured = false, Reason Reason = Reason.CannotTell) : CommandResult;

    /// <summary>It was begun; whether and how it ended is not known.</summary>
    /// <param name="MayStillRun">Nobody saw it end: it may be carried out only later.</param>
    public sealed record Unknown(string Why, bool MayStillRun = false) : CommandResult;
}

/// <summary>Where programs are run: a container of one pod, this machine, or a Job.</summary>
public interface ICommandPlace
{
    /// <summary>For people: <c>pod rental-db-0</c>.</summary>
    string Text { get; }

    /// <param name="command">The program and its arguments; never a shell's text.</param>
    /// <param name="timeout">After this nobody waits any longer.</param>
    Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>How what was run last in the same step ended, where it left something that tells; else null. Starts nothing.</summary>
    Task<CommandResult?> EarlierAsync(TimeSpan timeout, CancellationToken cancellation) => Task.FromResult<CommandResult?>(null);
}
