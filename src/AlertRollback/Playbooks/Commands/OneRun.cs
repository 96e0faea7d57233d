namespace AlertRollback.Playbooks.Commands;

/// <summary>What reading back found.</summary>
public abstract record ReadBack
{
    public sealed record CarriedOut(string Text) : ReadBack;

    public sealed record NotCarriedOut(string Text) : ReadBack;

    public sealed record Unknown(string Why) : ReadBack;

    /// <summary>A program that reads back: 0 is yes, 1 is no, anything else tells nothing.</summary>
    public static ReadBack Of(CommandResult result) => result switch
    {
        CommandResult.Ended { ExitCode: 0 } yes => new CarriedOut(yes.LastLine),
        CommandResult.Ended { ExitCode: 1 } no => new NotCarriedOut(no.LastLine),
        _ => new Unknown("reading back did not tell"),
    };
}

/// <summary>
/// Something that is carried out once (S17): after a crash, and after an end that nobody saw, it is never repeated; what
/// reads it back decides, else people do.
/// </summary>
/// <param name="What">For people: <c>npm in pod rental-api-1</c>.</param>
/// <param name="Run">Carries it out.</param>
/// <param name="ReadBack">Null: it cannot be read back.</param>
internal sealed record OneRun(string What, Func<Task<CommandResult>> Run, Func<Task<ReadBack>>? ReadBack = null)
{
    private const string Begun = "begun";
    private const string Ended = "ended";

    /// <summary>Twice equals once: after a crash it is run again, not read back.</summary>
    public bool Converges { get; init; }

    /// <summary>How it ended when it was run before, if that can still be told; null: it never can.</summary>
    public Func<Task<CommandResult?>>? Earlier { get; init; }

    /// <summary>How long it may be at work without us; null: no longer than it is followed.</summary>
    public AtWork? AtWork { get; init; }

    /// <summary>What an end with exit code 0 still has to show; null answers that it is well.</summary>
    public Func<CommandResult.Ended, Task<StepOutcome?>> Prove { get; init; } = _ => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> ApplyAsync(StepContext context, CancellationToken cancellation)
    {
        if (context.Journal.Marks.TryGetValue(Ended, out var ended))
            return new StepOutcome.Done(Reason.AlreadyAtTarget, ended["text"]?.GetValue<string>() ?? $"{What} was run already");
        if (!IsFresh(context) && Earlier is not null && await Earlier() is { } earlier && (!Converges || earlier is CommandResult.Ended { ExitCode: 0 }))
            return await EndAsync(context, earlier, cancellation);
        if (!Converges && !IsFresh(context))
            return await ReadAsync(context, $"whether {What} was run is not known", mayBeAtWork: true, cancellation);
        if (context.Journal.MayWrite() is { } stop)
            return await StoppedAsync(context, stop, cancellation);
        await context.Journal.PrepareAsync(Begun, AtWork?.Beginning() ?? [], "", cancellation);
        return await EndAsync(context, await Run(), cancellation);
    }

    // It may have been carried out before, though it must not be begun any more.
    private async Task<StepOutcome> StoppedAsync(StepContext context, StepOutcome stop, CancellationToken cancellation) =>
        WasBegun(context) && ReadBack is not null && await ReadBack() is ReadBack.CarriedOut yes
            ? await DoneAsync(context, Reason.AlreadyAtTarget, Said($"{What} was begun before; reading back, it was carried out", yes.Text), cancellation)
            : stop;

    private async Task<StepOutcome> EndAsync(StepContext context, CommandResult result, CancellationToken cancellation)
    {
        switch (result)
        {
            case CommandResult.Ended { ExitCode: 0 } well:
                return await Prove(well) ?? await DoneAsync(context, Reason.Applied, Said($"{What} ended well", well.LastLine), cancellation);
            case CommandResult.Ended bad:
                return new StepOutcome.Failed(Reason.CommandFailed, Said($"{What} ended with exit code {bad.ExitCode}", bad.LastLine));
            case CommandResult.NotStarted not:
                var text = $"{What} was not run: {not.Why}";
                return not.Measured ? new StepOutcome.Failed(Reason.CommandFailed, text) : new StepOutcome.CannotTell(not.Reason, text);
            case CommandResult.Unknown unknown:
                return await ReadAsync(context, $"{What}: {unknown.Why}", unknown.MayStillRun, cancellation);
            case var other:
                throw new InvalidOperationException($"no such result: {other}");
        }
    }

    /// <summary>Whether it certainly was not begun yet.</summary>
    public static bool IsFresh(StepContext context) => context.Attempt <= 1 && !WasBegun(context);

    /// <summary>Whether its beginning is in the journal, where it stands before anything is run.</summary>
    public static bool WasBegun(StepContext context) => context.Journal.Marks.ContainsKey(Begun) || context.Journal.Marks.ContainsKey(Ended);

    private async Task<StepOutcome> ReadAsync(StepContext context, string why, bool mayBeAtWork, CancellationToken cancellation)
    {
        var read = ReadBack is null ? null
            : mayBeAtWork && AtWork is not null ? await AtWork.AskAsync(context, context.Journal.Marks.GetValueOrDefault(Begun), ReadBack, cancellation)
            : await ReadBack();
        return read switch
        {
            ReadBack.CarriedOut yes => await DoneAsync(context, Reason.AlreadyAtTarget, Said($"{why}; reading back, it was carried out", yes.Text), cancellation),
            ReadBack.NotCarriedOut no => new StepOutcome.Failed(Reason.CommandFailed, Said($"{why}; reading back, it was not carried out", no.Text)),
            ReadBack.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{why}, and {unknown.Why}"),
            _ => new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{why}; it is never run twice"),
        };
    }

    private static async Task<StepOutcome> DoneAsync(StepContext context, Reason reason, string text, CancellationToken cancellation)
    {
        await context.Journal.MarkAsync(Ended, new System.Text.Json.Nodes.JsonObject { ["text"] = text }, "", cancellation);
        return new StepOutcome.Done(reason, text);
    }

    private static string Said(string what, string lastLine) => lastLine.Length == 0 ? what : $"{what}: {lastLine}";
}
