using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>migration_down: {database: rental, to: target}</c> takes a database's migrations back while the code that holds them still runs.</summary>
public sealed class MigrationDownAction(GrantedDatabases databases, Clusters clusters, IRevisionLedger ledger, TimeProvider time) : IAction, INeedsRights
{
    private const string Migrate = "migrate";
    private const string Previous = "previous";
    private const string Target = "target";

    public string Name => "migration_down";

    public string Summary => "Takes the migrations of a database back by the operator's tool. Where the database is, is read before and after and decides, also after a crash. It has to stand before the undo: the code that goes holds the way down. The operator has to allow \"migrate\".";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;

    public bool DestroysData => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        DatabaseStep.Database,
        new("tool", ParameterType.Text, "The tool, when the file shall say it; it has to be the operator's.", Default: "the operator's", Example: "alembic", Allowed: ["alembic", "npm", "command"]),
        new("to", ParameterType.Text, "Where to: previous (one step, alembic only), target (the migration that the revision to go back to ran with, as it was seen), or a migration's id.", Required: true, Example: "target"),
        RevisionTarget.Parameter("With target: which revision, as rollout_undo names it") with { Name = "of", Main = false },
        DatabaseStep.Timeout,
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (!RevisionTarget.IsSound(Revision(parameters)))
            yield return RevisionTarget.Forms;
        if (parameters.ContainsKey("of") && parameters["to"]!.GetValue<string>() != Target)
            yield return "\"of\" belongs to \"to: target\"";
    }

    public IEnumerable<CheckDefinition> Remembers(ServiceDefinition service, JsonObject parameters) =>
        databases.Find(service.Team, DatabaseStep.NameOf(parameters))?.Migrations is null ? [] : [MigrationCheck.Of(DatabaseStep.NameOf(parameters))];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. parameters["to"]?.ToString() == Target && ServiceWorkload.Of(service) is { } workload ? NeededRight.ToRead(workload).Concat(NeededRight.To("patch", workload.Resource)) : [],
            .. Migrations.Rights(databases, service, parameters, looks: false)];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (database, refusal) = DatabaseStep.Find(databases, context, parameters, null, Migrate);
        if (database is null)
            return refusal!;
        var name = DatabaseStep.NameOf(parameters);
        if (database.Migrations is not { } granted)
            return new PinOutcome.Refused(Reason.NotGranted, $"the operator declares no migrations for {name}");
        if (parameters["tool"]?.GetValue<string>() is { } tool && tool != granted.Tool)
            return new PinOutcome.Refused(Reason.NotGranted, $"the migrations of {name} are taken back by {granted.Tool}, not by {tool}");
        var migrations = new Migrations(databases, database, context.Service, Occasion.Planning);
        if (await migrations.UnreachableAsync(cancellation) is { } unreachable)
            return unreachable is DatabasePlace.Absent absent ? new PinOutcome.Refused(Reason.NotFound, absent.Why) : new PinOutcome.CannotTell(((DatabasePlace.Unknown)unreachable).Why);
        var (current, why) = await migrations.CurrentAsync(cancellation);
        if (current is null)
            return new PinOutcome.CannotTell($"the migration {name} is at: {why}");
        try
        {
            var (to, text, no) = await WhereToAsync(context, parameters, granted, name, cancellation);
            return no ?? Pinned(context, parameters, database, current, to, text);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    // A null id is one step, wherever that leads.
    private async Task<(string? To, string Text, PinOutcome? No)> WhereToAsync(StepContext context, JsonObject parameters, GrantedMigrations granted, string name, CancellationToken cancellation)
    {
        var wanted = parameters["to"]!.GetValue<string>();
        switch (wanted)
        {
            case Previous when granted.Tool == MigrationTools.Alembic:
                return (null, "the migration before", null);
            case Previous:
                return (null, "", new PinOutcome.Refused(Reason.NotGranted, $"{granted.Tool} knows no step back: name the migration"));
            case Target:
                return await OfRevisionAsync(context, parameters, name, cancellation);
        }

        var id = context.Fill(wanted, Placeholders.AsIs);
        return Migrations.IsId(id) ? (id, $"migration {id}", null) : (null, "", new PinOutcome.Refused(Reason.NotGranted, $"{Texts.Clip(id, 40)} is no migration's id"));
    }

    private async Task<(string? To, string Text, PinOutcome? No)> OfRevisionAsync(StepContext context, JsonObject parameters, string name, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return (null, "", ServiceWorkload.NotDeclared(context.Service));
        if (RevisionTarget.Of(Revision(parameters), text => context.Fill(text, Placeholders.AsIs)) is not { } target)
            return (null, "", new PinOutcome.Refused(Reason.NoCandidate, RevisionTarget.Forms));
        switch (await new Undo(clusters.Of(context.Service), time).PinAsync(workload, target, uid => ledger.Knowledge(uid, context.RollbackId), isHeld: _ => true, context.RollbackId, cancellation))
        {
            case UndoPlan.Pinned { Pin: var pin }:
                return ledger.MeasuredAt(pin.Uid, pin.Target.Digest, context.Service, MigrationCheck.Of(name)) is [var then] && Migrations.IsId(then)
                    ? (then, $"migration {then}, with which {pin.Target} ran", null)
                    : (null, "", new PinOutcome.Refused(Reason.CannotTell, $"it was not seen which migration {name} was at while {pin.Target} ran: name it"));
            case UndoPlan.Refused refused:
                return (null, "", new PinOutcome.Refused(refused.Refusal.Word(), refused.Text));
            case var other:
                throw new InvalidOperationException($"no such plan: {other}");
        }
    }

    private static PinOutcome.Pinned Pinned(StepContext context, JsonObject parameters, GrantedDatabase database, string current, string? to, string text)
    {
        var pin = DatabaseStep.Pin(database, parameters);
        (pin["from"], pin["to"]) = (current, to);
        IReadOnlyList<string> warnings = to == current ? [] : [$"what the migrations after it added to {DatabaseStep.NameOf(parameters)} is lost with them"];
        return new PinOutcome.Pinned(pin, $"migration {current} of {DatabaseStep.NameOf(parameters)}", text, warnings, [], [DatabaseStep.Lock(context, parameters)]);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (database, ended) = DatabaseStep.Again(databases, context, pin);
        if (database?.Migrations is null)
            return ended!;
        var migrations = new Migrations(databases, database, context.Service, Occasion.Of(context));
        var down = new MigrationDown(migrations, DatabaseStep.NameOf(pin), pin["from"]!.GetValue<string>(), pin["to"]?.GetValue<string>());
        if (OneRun.IsFresh(context))
        {
            if (await down.NotNeededAsync(cancellation) is { } there)
                return there;

            // What nobody would wait for is not begun.
            if (time.GetUtcNow() >= context.Deadline)
                return new StepOutcome.Failed(Reason.TimedOut, $"nothing was changed: asking where {DatabaseStep.NameOf(pin)} is took all the time");
        }

        var timeout = DatabaseStep.TimeOf(context, database, pin, time);
        return await new OneRun(down.Text, () => down.RunAsync(timeout, cancellation), () => down.ReadBackAsync(cancellation))
        {
            AtWork = new AtWork(time, timeout) { NothingEndsIt = migrations.AreInPod },
            Prove = _ => down.ProveAsync(timeout, cancellation),
        }.ApplyAsync(context, cancellation);
    }

    private static JsonObject Revision(JsonObject parameters) => new() { ["to"] = parameters["of"]?.DeepClone() };
}
