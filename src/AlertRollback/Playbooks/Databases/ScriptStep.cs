using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>A script of one kind of database.</summary>
/// <param name="Of">The script as it is run, or why it cannot be.</param>
/// <param name="Parts">Its statements, for the plan.</param>
/// <param name="Command">The program that runs it.</param>
/// <param name="Read">What the program's end means.</param>
internal sealed record ScriptKind(
    DatabaseKind Kind,
    Func<string, (string Body, string? Fault)> Of,
    Func<string, IReadOnlyList<string>> Parts,
    Func<GrantedDatabase, string, TimeSpan, IReadOnlyList<string>> Command,
    Func<CommandResult, CommandResult> Read);

/// <summary>
/// Carries out a script beside the matrix on a granted database: the text that was there when the matrix was loaded is what
/// is planned, agreed to and run. Never repeated after a crash, unless the matrix says that twice equals once.
/// </summary>
internal sealed class ScriptStep(ScriptKind kind, GrantedDatabases databases, IEnumerable<ICheck> checks, TimeProvider time)
{
    private const string Scripts = "scripts";
    private const string Before = "before";
    private const string After = "after";
    private const int ShownParts = 20;

    // One argument of a program may have 128 KiB.
    private const int Longest = 100 * 1024;

    public static IReadOnlyList<Parameter> Parameters(string file) =>
    [
        DatabaseStep.Database,
        new("file", ParameterType.Files, "The script, beside the matrix; never with placeholders.", Required: true, Example: file),
        new("require", ParameterType.Checks, "Checks that have to pass right before; else nothing is run.", Example: "[sql: {database: rental, query: SELECT count(*) FROM performance_metrics, equals: 0}]"),
        new("done_when", ParameterType.Checks, "Checks that pass only when it was carried out: they decide after a crash, and prove it afterwards.", Example: "[sql: {database: rental, query: \"SELECT count(*) FROM pg_class WHERE relname = 'old'\", equals: 0}]"),
        new("converges", ParameterType.YesNo, "Twice equals once: after a crash it is run again.", Default: "false", Example: "true"),
        DatabaseStep.Timeout,
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["file"] is not JsonArray { Count: 1 })
            yield return "\"file\" is one file";
        else if (TextOf(parameters).Length > Longest)
            yield return $"\"file\" is longer than {Longest / 1024} KiB";
        else if (kind.Of(TextOf(parameters)).Fault is { } fault)
            yield return fault;
    }

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (database, refusal) = DatabaseStep.Find(databases, context, parameters, kind.Kind, Scripts);
        if (database is null)
            return refusal!;
        if (await DatabaseStep.UnreachableAsync(databases, database, cancellation) is { } unreachable)
            return unreachable;
        var (name, body) = (FileOf(parameters)["file"]!.GetValue<string>(), kind.Of(TextOf(parameters)).Body);
        var parts = kind.Parts(body);
        var pin = DatabaseStep.Pin(database, parameters);
        (pin["file"], pin["script"], pin["converges"]) = (name, body, parameters["converges"]?.DeepClone());
        (pin["require"], pin["done_when"]) = (parameters["require"]?.DeepClone(), parameters["done_when"]?.DeepClone());
        return new PinOutcome.Pinned(
            pin, "", $"run {name} in the database {DatabaseStep.NameOf(parameters)}", [],
            [.. parts.Take(ShownParts).Select(p => Texts.Clip(p, 120)), .. parts.Count > ShownParts ? new[] { $"and {parts.Count - ShownParts} more" } : []],
            [DatabaseStep.Lock(context, parameters)]);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (database, ended) = DatabaseStep.Again(databases, context, pin);
        if (database is null)
            return ended!;
        var converges = pin["converges"]?.GetValue<bool>() ?? false;

        // Once it was begun, what it requires may be what it has changed.
        if ((converges ? !OneRun.WasBegun(context) : OneRun.IsFresh(context)) && await RequireAsync(context, pin, cancellation) is { } not)
            return not;
        var timeout = DatabaseStep.TimeOf(context, database, pin, time);
        var command = kind.Command(database, pin["script"]!.GetValue<string>(), timeout);
        var longest = timeout + TimeSpan.FromSeconds(10);
        return await new OneRun(
            $"{pin["file"]} in the database {DatabaseStep.NameOf(pin)}",
            async () => kind.Read(await DatabaseStep.RunAsync(databases, database, context, command, longest, cancellation)),
            pin["done_when"] is null ? null : () => ReadBackAsync(context, pin, cancellation))
        {
            Earlier = async () => await DatabaseStep.EarlierAsync(databases, database, context, longest, cancellation) is { } earlier ? kind.Read(earlier) : null,
            AtWork = new AtWork(time, longest) { NothingEndsIt = database.Reach is DatabaseReach.Pod },
            Converges = converges,
            Prove = async _ => pin["done_when"] is null ? null : await ProveAsync(context, pin, cancellation),
        }.ApplyAsync(context, cancellation);
    }

    private async Task<StepOutcome?> RequireAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        pin["require"] is null ? null : await AskAsync(context, pin["require"], Before, cancellation) switch
        {
            (Verdict.Pass, _) => null,
            (Verdict.Fail, var measured) => new StepOutcome.Failed(Reason.ConditionNotMet, $"{pin["file"]} was not run: {measured}"),
            (_, var measured) => new StepOutcome.CannotTell(Reason.Inconclusive, $"{pin["file"]} was not run: {measured}"),
        };

    private async Task<ReadBack> ReadBackAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        await AskAsync(context, pin["done_when"], After, cancellation) switch
        {
            (Verdict.Pass, _) => new ReadBack.CarriedOut(""),
            (Verdict.Fail, var measured) => new ReadBack.NotCarriedOut(measured),
            (_, var measured) => new ReadBack.Unknown(measured),
        };

    private async Task<StepOutcome?> ProveAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        await AskAsync(context, pin["done_when"], After, cancellation) switch
        {
            (Verdict.Pass, _) => null,
            (Verdict.Fail, var measured) => new StepOutcome.Failed(Reason.NotAsExpected, $"{pin["file"]} was run, but {measured}"),
            (_, var measured) => new StepOutcome.CannotTell(Reason.Inconclusive, $"{pin["file"]} was run, but {measured}"),
        };

    /// <param name="phase">Whether it is asked before or after the script: the same question has another answer then.</param>
    private async Task<(Verdict Verdict, string Measured)> AskAsync(StepContext context, JsonNode? parameter, string phase, CancellationToken cancellation)
    {
        var (now, stillRuns) = (time.GetUtcNow(), false);
        var asked = new CheckContext(context.RollbackId, context.Service, now, now, new Dictionary<string, JsonObject>())
        {
            Run = context.Run,
            Phase = $"{context.StepKey} {phase}",
            MayWrite = context.Journal.MayWrite,
            JobStillRuns = () => stillRuns = true,
        };
        var round = new CheckRound(word => checks.First(c => c.Name == word), time);
        while (true)
        {
            stillRuns = false;
            var (verdict, results) = await round.AskAsync(InlineChecks.Read(parameter), asked, context.Deadline, cancellation);

            // Where a question is a Job, its pod may have to be started first.
            if (verdict != Verdict.Inconclusive || !stillRuns || time.GetUtcNow() >= context.Deadline)
                return (verdict, CheckRound.Measured(results));
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellation);
        }
    }

    private static JsonObject FileOf(JsonObject parameters) => (JsonObject)parameters["file"]![0]!;

    private static string TextOf(JsonObject parameters) => FileOf(parameters)["text"]!.GetValue<string>();
}
