using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;

namespace AlertRollback.Approvals;

/// <summary>What a person asks for.</summary>
/// <param name="Key">The same key is the same start: a request that is repeated begins nothing a second time.</param>
/// <param name="Shadow">Only the plan is made.</param>
public sealed record StartRequest(
    string Playbook, IReadOnlyList<string> Services, string Reason, string? Method, IReadOnlyDictionary<string, string> Inputs, bool Shadow, string Key);

/// <summary>The rollbacks that were begun, or why none was.</summary>
public sealed record StartOutcome(IReadOnlyList<string> Ids, IReadOnlyList<Entry> Entries, Objection? Refusal)
{
    public static StartOutcome Refuse(Objection why) => new([], [], why);
}

/// <summary>Starts a playbook by hand: one rollback per service, all or none. Pure.</summary>
public sealed class StartByHand(DecisionMatrix matrix, OperatorConfiguration operators, Catalog catalog, string by)
{
    private const int LongestInput = 200;

    // Stronger than any row: a person decided it.
    private const int Rank = -1;

    private static readonly SeverityDefinition Severity = new("by hand", null);

    public StartOutcome Start(StartRequest request, Book book)
    {
        if (request.Services.Count == 0)
            return Unfit("name at least one service");
        if (request.Services.FirstOrDefault(s => matrix.Service(s) is null) is { } unknown)
            return Unfit($"no team declares {Unknown(unknown, matrix.Services.Select(s => s.Name), "services")}");
        var services = request.Services.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(s => matrix.Service(s)!).ToList();
        if (services.Select(s => s.Team).Distinct().Skip(1).Any())
            return Unfit("these services are of several teams");
        if (services.GroupBy(s => s.Target).FirstOrDefault(g => g.Skip(1).Any()) is { } same)
            return Unfit($"{string.Join(" and ", same.Select(s => s.Name))} are one workload: name one of them");
        var playbooks = services.Select(s => matrix.Playbook(s, request.Playbook)).OfType<PlaybookDefinition>().ToList();
        if (playbooks.Count == 0)
            return Unfit($"team {services[0].Team} has no playbook {Unknown(request.Playbook, ByHand(services[0].Team), "playbooks to start by hand")}");
        if (Fault(request, playbooks[0], services) is { } fault)
            return Unfit(fault);
        if (SharedStep(services, playbooks[0]) is { } all)
            return Unfit(all);
        if (SharedRelease(request, services, playbooks) is { } shared)
            return Unfit(shared);
        if (services.FirstOrDefault(s => !RolesOf.Person(by, s, operators).Intersect(playbooks[0].Manual!.Roles).Any()) is { } closed)
            return StartOutcome.Refuse(Objection.NotEntitled($"{by} has none of the roles {string.Join(", ", playbooks[0].Manual!.Roles)} for {closed.Name}; nothing was started"));
        return Start(request, book, [.. services.Zip(playbooks)]);
    }

    // Each of them would do it for all: undo twice, and put back what the other still needs.
    private string? SharedStep(IReadOnlyList<ServiceDefinition> services, PlaybookDefinition playbook)
    {
        var step = services.Count == 1 ? null : playbook.Methods.SelectMany(m => m.Steps).Concat(playbook.Meanwhile).Concat(playbook.OnFailure)
            .FirstOrDefault(s => s.Services.Count > 0 && catalog.Action(s.Action).ChangesProductionWith(s.Parameters));
        return step is null ? null
            : $"whichever service it is started for, playbook {playbook.Name} does {step.Name ?? step.Action} for {string.Join(", ", step.Services.Select(s => s.Name))}: name one service";
    }

    // The one that is let in while the other one is verified would find its new revision, and go further back than anybody meant.
    private static string? SharedRelease(StartRequest request, IReadOnlyList<ServiceDefinition> services, IReadOnlyList<PlaybookDefinition> playbooks) =>
        services.Zip(playbooks).SelectMany(r => HelmRollbackAction.Releases(r.Second, r.First, request.Method).Select(release => (release, r.First.Name)))
            .GroupBy(r => r.release, r => r.Name).FirstOrDefault(g => g.Skip(1).Any()) is { } one
            ? $"{string.Join(" and ", one)} are one {one.Key}: name one of them"
            : null;

    private StartOutcome Start(StartRequest request, Book book, IReadOnlyList<(ServiceDefinition Service, PlaybookDefinition Playbook)> runs)
    {
        var ids = runs.Select(r => Id(r.Service, request)).ToList();
        var begun = ids.Select(book.Rollbacks.GetValueOrDefault).OfType<RollbackState>().ToList();
        if (begun.Count > 0)
        {
            return begun.Count == ids.Count && begun.All(r => IsSame(r, request))
                ? new StartOutcome(ids, [], null)
                : Overtaken($"the key was used for another request ({begun[0].Id}); nothing was started");
        }

        if (book.Acting.FirstOrDefault(r => r.Phase != Phase.Stabilising && runs.Any(x => x.Service.Target == r.Target && !IsBeside(request, x.Service, x.Playbook))) is { } running)
            return Overtaken($"{running.Id} ({running.Playbook.Name}) is under way on {running.Service.Name}; nothing was started");
        return new StartOutcome(ids, [.. runs.Zip(ids).SelectMany(x => Entries(request, book, x.First.Service, x.First.Playbook, x.Second, runs.Count > 1))], null);
    }

    private bool IsSame(RollbackState begun, StartRequest request) =>
        begun.Manual is { } manual
        && begun.Playbook.Name == request.Playbook
        && manual.Reason == request.Reason.Trim()
        && manual.Method == request.Method
        && request.Inputs.All(i => manual.Inputs.GetValueOrDefault(i.Key) == i.Value)
        && begun.Shadow == IsShadow(request, begun.Service);

    private static StartOutcome Unfit(string why) => StartOutcome.Refuse(Objection.Unfit($"{why}{(why.EndsWith('?') ? " Nothing" : "; nothing")} was started"));

    private static StartOutcome Overtaken(string why) => StartOutcome.Refuse(Objection.Overtaken(why));

    private static string Unknown(string name, IEnumerable<string> known, string what) => $"{Shown.Quoted(name)}; {NearestName.Remedy(name, known, what)}";

    private IEnumerable<string> ByHand(string team) => matrix.Teams.First(t => t.Name == team).Playbooks.Where(p => p.Manual is not null).Select(p => p.Name);

    private static string? Fault(StartRequest request, PlaybookDefinition playbook, List<ServiceDefinition> services)
    {
        if (playbook.Manual is not { } manual)
            return $"playbook {playbook.Name} is not for starting by hand (it has no \"manual\")";
        if (services.Count > 1 && !manual.SeveralServices)
            return $"playbook {playbook.Name} is for one service at a time";
        if (string.IsNullOrWhiteSpace(request.Reason))
            return "the reason is missing: it is always asked for";
        if (request.Method is { } method && playbook.Methods.All(m => m.Name != method))
            return $"playbook {playbook.Name} has no method {Unknown(method, playbook.Methods.Select(m => m.Name), "methods")}";
        if (request.Inputs.Keys.FirstOrDefault(i => manual.Inputs.All(m => m.Name != i)) is { } extra)
            return $"playbook {playbook.Name} has no input {Unknown(extra, manual.Inputs.Select(m => m.Name), "inputs")}";
        if (manual.Inputs.Where(i => i.Default is null && !request.Inputs.ContainsKey(i.Name)).Select(i => i.Name).ToList() is { Count: > 0 } missing)
            return $"playbook {playbook.Name} needs the input {string.Join(", ", missing)}";
        return request.Inputs.Select(i => FaultOfInput(i.Key, i.Value)).FirstOrDefault(f => f is not null);
    }

    private static string? FaultOfInput(string name, string? value) => value switch
    {
        null or "" => $"the input {name} is empty",
        { Length: > LongestInput } => $"the input {name} has {value.Length} characters; at most {LongestInput} are taken",
        _ when value.Any(char.IsControl) => $"the input {name} is more than one line of text",
        _ => null,
    };

    private IEnumerable<Entry> Entries(StartRequest request, Book book, ServiceDefinition service, PlaybookDefinition playbook, string id, bool several)
    {
        var (shadow, changes) = (IsShadow(request, service), catalog.ChangesProduction(playbook));
        // What took over waits and goes on afterwards: nobody else was called to what failed before it.
        foreach (var weaker in book.Open.Where(r => changes && r is { HasActed: false, After: null } && r.Target == service.Target && r.GivesWayTo(shadow)))
            yield return Entry.Of(weaker, new RollbackEvent.Closed(Outcome.Replaced, Reason.ReplacedByStrongerRow, $"{by} started {playbook.Name} by hand") { GaveWayTo = id });

        // It ends with the first write: until then people may say no to this one, and nothing is changed.
        var watched = changes ? book.Acting.FirstOrDefault(r => r.Phase == Phase.Stabilising && r.Target == service.Target) : null;
        var row = new RowDefinition(service.Team, "started by hand", Rank, [], RowEnding.Playbook, playbook.Name, null, shadow);
        yield return new Entry(RollbackState.Stream(id), new RollbackEvent.Proposed(id, row, service, Severity, playbook, shadow, $"started by {by}", null)
        {
            Manual = new ManualStart(by, request.Reason.Trim(), request.Method, Inputs(request, playbook), several ? request.Key : null)
            {
                ChangesNothing = !changes,
                EndsWatchOf = watched?.Id,
            },
        });
    }

    // What is only planned, or only looks and tells, runs into nothing.
    private bool IsBeside(StartRequest request, ServiceDefinition service, PlaybookDefinition playbook) =>
        IsShadow(request, service) || !catalog.ChangesProduction(playbook);

    private bool IsShadow(StartRequest request, ServiceDefinition service) =>
        request.Shadow || matrix.OnlyPlans(service.Team) || operators.Shadow || operators.Teams.GetValueOrDefault(service.Team) is { Shadow: true };

    private static ImmutableSortedDictionary<string, string> Inputs(StartRequest request, PlaybookDefinition playbook) =>
        playbook.Manual!.Inputs.ToImmutableSortedDictionary(i => i.Name, i => request.Inputs.GetValueOrDefault(i.Name) ?? i.Default!, StringComparer.Ordinal);

    private static string Id(ServiceDefinition service, StartRequest request)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Key}/{service.Name}")))[..10];
        return string.Create(CultureInfo.InvariantCulture, $"{service.Name}-by-hand-{hash}");
    }
}
