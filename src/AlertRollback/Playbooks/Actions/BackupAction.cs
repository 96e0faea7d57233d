using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>backup: rental</c> makes a backup of a database and proves that it can be read before it counts.</summary>
public sealed partial class BackupAction(GrantedDatabases databases, TimeProvider time) : IAction, INeedsRights
{
    internal const string Word = "backup";

    public string Name => Word;

    public string Summary => "Makes a backup of a PostgreSQL or MongoDB in the operator's directory, and proves it readable from beginning to end before it counts. After a crash the file decides.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        DatabaseStep.Database with { Main = true },
        new("tables", ParameterType.Texts, "PostgreSQL: only these tables.", Default: "all", Example: "[public.rentals]"),
        new("collections", ParameterType.Texts, "MongoDB: only these collections, a file each.", Default: "all", Example: "[reporttemplates, reportschedules]"),
        DatabaseStep.Timeout,
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        TextValues.List(parameters["tables"]).Concat(TextValues.List(parameters["collections"])).Where(n => !PlainName().IsMatch(n))
            .Select(n => $"{Texts.Clip(n, 40)} is no plain name");

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: false);

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (database, refusal) = DatabaseStep.Find(databases, context, parameters, null, null);
        if (database is null)
            return refusal!;
        var (tables, collections) = (TextValues.List(parameters["tables"]), TextValues.List(parameters["collections"]));
        if (database.Backups is null)
            return new PinOutcome.Refused(Reason.NotGranted, $"the operator grants no directory for backups of {DatabaseStep.NameOf(parameters)}");
        if (database.Kind == DatabaseKind.Mongodb ? tables.Count > 0 : collections.Count > 0)
            return new PinOutcome.Refused(Reason.NotGranted, $"{DatabaseStep.NameOf(parameters)} is a {database.Kind.Word()}: tables are PostgreSQL's, collections MongoDB's");
        if (await DatabaseStep.UnreachableAsync(databases, database, cancellation) is { } unreachable)
            return unreachable;
        var parts = BackupStep.Parts(context, database, collections);
        var pin = DatabaseStep.Pin(database, parameters);
        pin["files"] = new JsonArray([.. parts.Select(p => new JsonObject { ["file"] = p.File, ["collection"] = p.Collection })]);
        pin["tables"] = new JsonArray([.. tables.Select(t => JsonValue.Create(t))]);
        return new PinOutcome.Pinned(
            pin, "", $"back up {DatabaseStep.NameOf(parameters)} as {string.Join(", ", parts.Select(p => $"{database.Backups.Directory}/{p.File}"))}", [], [], [DatabaseStep.Lock(context, parameters)]);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (database, ended) = DatabaseStep.Again(databases, context, pin);
        if (database is null)
            return ended!;
        if (await databases.PlaceAsync(database, Occasion.Of(context), cancellation) is not DatabasePlace.Found found)
            return new StepOutcome.CannotTell(Reason.CannotTell, $"where the programs of {DatabaseStep.NameOf(pin)} run cannot be reached");
        var parts = ((JsonArray)pin["files"]!).Select(p => new BackupPart(p!["file"]!.GetValue<string>(), p["collection"]?.GetValue<string>())).ToList();
        var backup = new BackupStep(new BackupFiles(found.Place, database), parts, TextValues.List(pin["tables"]));
        var timeout = DatabaseStep.TimeOf(context, database, pin, time);
        return await new OneRun(
            $"backup of {DatabaseStep.NameOf(pin)} as {string.Join(", ", parts.Select(p => p.File))}",
            () => backup.MakeAsync(timeout, cancellation),
            () => backup.ReadBackAsync(timeout, cancellation))
        {
            AtWork = new AtWork(time, timeout),
            Prove = _ => backup.ProveAsync(timeout, cancellation),
        }.ApplyAsync(context, cancellation);
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
