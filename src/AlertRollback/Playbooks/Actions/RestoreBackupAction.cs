using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>restore_backup: {database: rental, from: "${backup}"}</c> puts a database back to a backup that is proven readable.</summary>
public sealed class RestoreBackupAction(GrantedDatabases databases, TimeProvider time) : IAction, INeedsRights
{
    private const string Restore = "restore";
    private const string Kept = "kept";
    private const int TriedAsLatest = 5;

    public string Name => "restore_backup";

    public string Summary => "Puts a PostgreSQL or MongoDB back to a backup. The backup is proven readable first, and the present is backed up, before anything is touched; PostgreSQL in one transaction: all of it or nothing. The operator has to allow \"restore\".";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;

    public bool DestroysData => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        DatabaseStep.Database,
        new("from", ParameterType.Text, "The backup: its file's name, its time stamp however it is written, or latest: the newest readable one that no rollback made, since those are of what was broken.", Required: true, Example: "${backup}"),
        DatabaseStep.Timeout,
    ];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: false);

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (database, refusal) = DatabaseStep.Find(databases, context, parameters, null, Restore);
        if (database is null)
            return refusal!;
        if (database.Backups is null)
            return new PinOutcome.Refused(Reason.NotGranted, $"the operator grants no directory for backups of {DatabaseStep.NameOf(parameters)}");
        switch (await databases.PlaceAsync(database, Occasion.Planning, cancellation))
        {
            case DatabasePlace.Found when database.Reach is DatabaseReach.Job:
                return PinUnseen(context, parameters, database);
            case DatabasePlace.Found found:
                return await PinAsync(context, parameters, database, new BackupFiles(found.Place, database), cancellation);
            case DatabasePlace.Absent absent:
                return new PinOutcome.Refused(Reason.NotFound, absent.Why);
            case DatabasePlace.Unknown unknown:
                return new PinOutcome.CannotTell(unknown.Why);
            case var other:
                throw new InvalidOperationException($"no such place: {other}");
        }
    }

    private static async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, GrantedDatabase database, BackupFiles files, CancellationToken cancellation)
    {
        var wanted = context.Fill(parameters["from"]!.GetValue<string>(), Placeholders.AsIs);
        var (all, why) = await files.ListAsync(cancellation);
        if (all is null)
            return new PinOutcome.CannotTell(why);
        var meant = BackupNames.Meant(all, wanted);
        if (meant.Count == 0)
            return new PinOutcome.Refused(Reason.NotFound, $"there is no backup {Texts.Clip(wanted, 60)}; there are {Newest(all)}");
        if (wanted != BackupNames.Latest && meant.Count > 1)
            return new PinOutcome.Refused(Reason.Ambiguous, $"{wanted} could be {string.Join(" or ", meant.Select(m => m.Name))}");
        var skipped = new List<string>();
        foreach (var candidate in meant.Take(TriedAsLatest))
        {
            switch (await files.ProveAsync(candidate, database.Timeout, cancellation))
            {
                case Proof.Readable:
                    return Pinned(context, parameters, database, candidate, skipped);
                case Proof.Unknown unknown:
                    return new PinOutcome.CannotTell(unknown.Why);
                case Proof.Broken broken:
                    skipped.Add(broken.Why);
                    break;
            }
        }

        return new PinOutcome.Refused(Reason.NotAsExpected, string.Join("; ", skipped));
    }

    // A plan runs no Job to look. One file by its name is the same whatever else is there, and is proven before anything is touched.
    private static PinOutcome PinUnseen(StepContext context, JsonObject parameters, GrantedDatabase database)
    {
        var wanted = context.Fill(parameters["from"]!.GetValue<string>(), Placeholders.AsIs);
        return new BackupNames(database.Backups!.Name).Among([wanted]) is [var named] && named.Files is [var file] && file == wanted
            ? Pinned(context, parameters, database, named, [], $"{file} was not looked at yet: a plan runs no Job; it is proven readable before anything is touched")
            : new PinOutcome.Refused(Reason.NotFound, $"a plan runs no Job to look which backups there are: name the file of {DatabaseStep.NameOf(parameters)}'s backup, like {BackupPattern.Default(database.Kind)}");
    }

    private static PinOutcome.Pinned Pinned(StepContext context, JsonObject parameters, GrantedDatabase database, FoundBackup chosen, List<string> skipped, params string[] more)
    {
        var pin = DatabaseStep.Pin(database, parameters);
        (pin["backup"], pin["kept"]) = (chosen.Name, BackupStep.Parts(context, database, [])[0].File);
        pin["files"] = new JsonArray([.. chosen.Files.Select(f => JsonValue.Create(f))]);
        return new PinOutcome.Pinned(
            pin, $"{DatabaseStep.NameOf(parameters)} as it is, kept as {pin["kept"]}", $"{DatabaseStep.NameOf(parameters)} as in {chosen.Name}",
            [$"all that was written to {DatabaseStep.NameOf(parameters)} since {chosen.Name} is lost, but for the backup that is made first", .. more, .. skipped.Select(s => $"passed over: {s}")],
            [], [DatabaseStep.Lock(context, parameters)]);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (database, ended) = DatabaseStep.Again(databases, context, pin);
        if (database is null)
            return ended!;
        if (await databases.PlaceAsync(database, Occasion.Of(context), cancellation) is not DatabasePlace.Found found)
            return new StepOutcome.CannotTell(Reason.CannotTell, $"where the programs of {DatabaseStep.NameOf(pin)} run cannot be reached");
        var files = new BackupFiles(found.Place, database);
        var timeout = DatabaseStep.TimeOf(context, database, pin, time);
        if (OneRun.IsFresh(context))
        {
            if (await PrepareAsync(context, pin, files, timeout, cancellation) is { } not)
                return not;

            // A restore that nobody would wait for is not begun.
            if (time.GetUtcNow() >= context.Deadline)
                return new StepOutcome.Failed(Reason.TimedOut, "nothing was changed: proving the backup and keeping the present took all the time");
        }

        return await new OneRun(
            $"restore of {DatabaseStep.NameOf(pin)} from {pin["backup"]}",
            () => RestoreAsync(files, pin, DatabaseStep.TimeOf(context, database, pin, time), cancellation)).ApplyAsync(context, cancellation);
    }

    // Nothing is destroyed before both are proven: what is put back, and what is there now.
    private static async Task<StepOutcome?> PrepareAsync(StepContext context, JsonObject pin, BackupFiles files, TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var file in FilesOf(pin))
        {
            switch (await files.ProveAsync(file, timeout, cancellation))
            {
                case Proof.Broken broken:
                    return new StepOutcome.Failed(Reason.NotAsExpected, $"nothing was changed: {broken.Why}");
                case Proof.Unknown unknown:
                    return new StepOutcome.CannotTell(unknown.Reason, $"nothing was changed: {unknown.Why}");
            }
        }

        if (context.Journal.MayWrite() is { } stop)
            return stop;
        var own = pin["kept"]!.GetValue<string>();
        var present = new BackupStep(files, [new BackupPart(own, null)], []);
        if (NotKept(await present.MakeAsync(timeout, cancellation)) is { } not)
            return not;
        if (await present.ProveAsync(timeout, cancellation) is { } unproven)
            return unproven with { Text = $"nothing was changed: {unproven.Text}" };
        await context.Journal.PrepareAsync(Kept, new JsonObject { ["file"] = own }, $"the present is kept as {own}", cancellation);
        return null;
    }

    // Only a program that ended, or cannot be run at all, is a measured failure (S16).
    private static StepOutcome? NotKept(CommandResult made)
    {
        var text = $"nothing was changed: the present could not be backed up ({BackupFiles.Why(made)})";
        return made switch
        {
            CommandResult.Ended { ExitCode: 0 } => null,
            CommandResult.Unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, text),
            CommandResult.NotStarted { Measured: false } not => new StepOutcome.CannotTell(not.Reason, text),
            _ => new StepOutcome.Failed(Reason.CommandFailed, text),
        };
    }

    private static async Task<CommandResult> RestoreAsync(BackupFiles files, JsonObject pin, TimeSpan timeout, CancellationToken cancellation)
    {
        var back = new List<string>();
        foreach (var file in FilesOf(pin))
        {
            var result = await files.PutBackAsync(file, timeout, cancellation);
            if (result is not CommandResult.Ended { ExitCode: 0 })
            {
                // What was put back before is changed for good, whatever became of this one.
                return back.Count == 0 ? result : new CommandResult.Unknown($"{string.Join(", ", back)} put back, {file} not: {BackupFiles.Why(result)}");
            }

            back.Add(file);
        }

        return new CommandResult.Ended(0, "", "");
    }

    private static IEnumerable<string> FilesOf(JsonObject pin) => TextValues.List(pin["files"]);

    private static string Newest(IReadOnlyList<FoundBackup> all) =>
        all.Count == 0 ? "none" : string.Join(", ", all.Take(5).Select(b => b.Name)) + (all.Count > 5 ? $" and {all.Count - 5} older" : "");
}
