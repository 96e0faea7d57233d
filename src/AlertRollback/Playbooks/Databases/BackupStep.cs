using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>One file of a backup that is to be made.</summary>
internal sealed record BackupPart(string File, string? Collection);

/// <summary>Making a backup of what is there: what <c>backup</c> does, and <c>restore_backup</c> before it destroys anything.</summary>
internal sealed class BackupStep(BackupFiles files, IReadOnlyList<BackupPart> parts, IReadOnlyList<string> tables)
{
    /// <summary>The files, all with the one time stamp of the rollback and the mark of the step (S17).</summary>
    public static IReadOnlyList<BackupPart> Parts(StepContext context, GrantedDatabase database, IReadOnlyList<string> collections)
    {
        var names = new BackupNames(database.Backups!.Name);
        var mark = context.NameFor("backup")[^8..];
        return collections.Count == 0
            ? [new BackupPart(names.New(context.Run.Started, mark, null), null)]
            : [.. collections.Select(c => new BackupPart(names.New(context.Run.Started, mark, c), c))];
    }

    /// <summary>Makes all files; the first that does not end well is the result.</summary>
    public async Task<CommandResult> MakeAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        CommandResult result = new CommandResult.Ended(0, "", "");
        foreach (var part in parts)
        {
            result = await files.MakeAsync(part.File, tables, part.Collection, timeout, cancellation);
            if (result is not CommandResult.Ended { ExitCode: 0 })
                break;
        }

        return result;
    }

    /// <summary>Proves all files; only then are they backups.</summary>
    public async Task<StepOutcome?> ProveAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var part in parts)
        {
            switch (await files.FinishAsync(part.File, timeout, cancellation))
            {
                case Proof.Broken broken:
                    return new StepOutcome.Failed(Reason.NotAsExpected, broken.Why);
                case Proof.Unknown unknown:
                    return new StepOutcome.CannotTell(unknown.Reason, unknown.Why);
            }
        }

        return null;
    }

    /// <summary>Whether all files are there and readable.</summary>
    public async Task<ReadBack> ReadBackAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var part in parts)
        {
            switch (await files.ProveAsync(part.File, timeout, cancellation))
            {
                case Proof.Broken broken:
                    return new ReadBack.NotCarriedOut(broken.Why);
                case Proof.Unknown unknown:
                    return new ReadBack.Unknown(unknown.Why);
            }
        }

        return new ReadBack.CarriedOut($"{string.Join(", ", parts.Select(p => p.File))} can be read");
    }
}
