using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Taking a database's migrations back from where it was planned to be. Where it is afterwards decides, not what the tool says.</summary>
/// <param name="to">Null: by one step.</param>
internal sealed class MigrationDown(Migrations migrations, string database, string from, string? to)
{
    public string Text => $"{migrations.Tool} of {database} {(to is null ? "by one step" : $"to {to}")}";

    /// <summary>Whether nothing is left to do, or must not be done any more; null when it is to be run.</summary>
    public async Task<StepOutcome?> NotNeededAsync(CancellationToken cancellation)
    {
        var (current, why) = await migrations.CurrentAsync(cancellation);
        return current is null ? new StepOutcome.CannotTell(Reason.CannotTell, $"nothing was changed: the migration {database} is at: {why}")
            : current == to ? new StepOutcome.Done(Reason.AlreadyAtTarget, $"{database} is at migration {current} already")
            : current == from ? null
            : new StepOutcome.Superseded($"{database} is at migration {current}, no longer at {from}");
    }

    // A tool that failed half way has moved the database all the same.
    public async Task<CommandResult> RunAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var result = await migrations.DownAsync(to, timeout, cancellation);
        if (result is not CommandResult.Ended { ExitCode: not 0 } failed)
            return result;
        var (current, why) = await migrations.CurrentAsync(cancellation);
        return current == from ? failed : new CommandResult.Unknown($"exit code {failed.ExitCode}: {failed.LastLine}; {(current is null ? why : $"the database is at migration {current}")}");
    }

    public async Task<ReadBack> ReadBackAsync(CancellationToken cancellation)
    {
        var (current, why) = await migrations.CurrentAsync(cancellation);
        return current is null ? new ReadBack.Unknown(why)
            : current == from ? new ReadBack.NotCarriedOut($"{database} is at migration {current}")
            : to is not null && current == to ? new ReadBack.CarriedOut($"{database} is at migration {current}")
            : new ReadBack.Unknown($"{database} is at migration {current}");
    }

    public async Task<StepOutcome?> ProveAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var (current, why) = await migrations.CurrentAsync(cancellation);
        if (current is null)
            return new StepOutcome.CannotTell(Reason.CannotTell, $"{Text} ended well, but where {database} is cannot be told: {why}");
        if (to is null ? current == from : current != to)
            return new StepOutcome.Failed(Reason.NotAsExpected, $"{Text} ended well, but {database} is at migration {current}");
        return await migrations.ValidateAsync(timeout, cancellation) switch
        {
            null or CommandResult.Ended { ExitCode: 0 } => null,
            CommandResult.Ended bad => new StepOutcome.Failed(Reason.NotAsExpected, $"{database} is at migration {current}, but did not validate: exit code {bad.ExitCode}: {bad.LastLine}"),
            _ => new StepOutcome.CannotTell(Reason.CannotTell, $"{database} is at migration {current}; whether it validates cannot be told"),
        };
    }
}
