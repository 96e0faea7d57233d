using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Approvals;

/// <summary>What a person asks for.</summary>
/// <param name="Key">The same key is the same start: a request that is repeated begins nothing a second time.</param>
/// <param name="Shadow">Only the plan is made.</param>
public sealed record StartRequest(
    string Playbook, IReadOnlyList<string> Services, string Reason, string? Method, IReadOnlyDictionary<string, string> Inputs, bool Shadow, string Key);

/// <summary>The rollbacks that were begun, or why none was.</summary>
public sealed record StartOutcome(IReadOnlyList<string> Ids, IReadOnlyList<Entry> Entries, string? Refusal, bool Forbidden = false)
{
    public static StartOutcome Refuse(string why) => new([], [], why);

    public static StartOutcome Forbid(string why) => new([], [], why, Forbidden: true);
}

/// <summary>Starts a playbook by hand: one rollback per service, all or none. Pure.</summary>
public sealed class StartByHand(DecisionMatrix matrix, OperatorConfiguration operators, string by)
{
    private const int LongestInput = 200;

    // Stronger than any row: a person decided it.
    private const int Rank = -1;

    private static readonly SeverityDefinition Severity = new("by hand", null);

    public StartOutcome Start(StartRequest request, Book book, DateTimeOffset now)
    {
        var unknown = request.Services.Where(s => matrix.Service(s) is null).ToList();
        if (request.Services.Count == 0 || unknown.Count > 0)
            return StartOutcome.Refuse(unknown.Count == 0 ? "name at least one service" : $"no team declares {string.Join(", ", unknown.Select(u => $"\"{u}\""))}; nothing was started");
        var services = request.Services.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(s => matrix.Service(s)!).ToList();
        var playbooks = services.Select(s => matrix.Playbook(s, request.Playbook)).ToList();
        if (services.Select(s => s.Team).Distinct().Count() > 1 || playbooks.Any(p => p is null))
            return StartOutcome.Refuse($"team {services[0].Team} has no playbook \"{request.Playbook}\"{(services.Count > 1 ? " for all of these services" : "")}");
        if (Fault(request, playbooks[0]!, services) is { } fault)
            return StartOutcome.Refuse(fault);
        if (services.FirstOrDefault(s => !RolesOf.Person(by, s, operators).Intersect(playbooks[0]!.Manual!.Roles).Any()) is { } closed)
            return StartOutcome.Forbid($"{by} has none of the roles {string.Join(", ", playbooks[0]!.Manual!.Roles)} for {closed.Name}");

        var ids = services.Select(s => Id(s, request)).ToList();
        if (ids.All(book.Rollbacks.ContainsKey))
            return new StartOutcome(ids, [], null);
        if (services.Select(s => book.Open.FirstOrDefault(r => r.HasActed && r.Target == s.Target)).OfType<RollbackState>().FirstOrDefault() is { } running)
            return StartOutcome.Refuse($"{running.Id} ({running.Playbook.Name}) is under way on {running.Service.Name}; nothing was started");
        return new StartOutcome(ids, [.. services.Zip(playbooks, ids).SelectMany(x => Entries(request, book, x.First, x.Second!, x.Third, services.Count > 1))], null);
    }

    private static string? Fault(StartRequest request, PlaybookDefinition playbook, List<ServiceDefinition> services)
    {
        if (playbook.Manual is not { } manual)
            return $"playbook {playbook.Name} is not for starting by hand (it has no \"manual\")";
        if (services.Count > 1 && !manual.SeveralServices)
            return $"playbook {playbook.Name} is for one service at a time";
        if (string.IsNullOrWhiteSpace(request.Reason))
            return "the reason is missing: it is always asked for";
        if (request.Method is { } method && playbook.Methods.All(m => m.Name != method))
            return $"playbook {playbook.Name} has no method \"{method}\": {string.Join(", ", playbook.Methods.Select(m => m.Name))}";
        if (request.Inputs.Keys.Except(manual.Inputs.Select(i => i.Name)).ToList() is { Count: > 0 } extra)
            return $"playbook {playbook.Name} has no input {string.Join(", ", extra)}";
        if (manual.Inputs.Where(i => i.Default is null && !request.Inputs.ContainsKey(i.Name)).Select(i => i.Name).ToList() is { Count: > 0 } missing)
            return $"playbook {playbook.Name} needs {string.Join(", ", missing)}";
        return request.Inputs.Values.Any(v => v.Length is 0 or > LongestInput || v.Any(char.IsControl))
            ? $"an input is one line of at most {LongestInput} characters"
            : null;
    }

    private IEnumerable<Entry> Entries(StartRequest request, Book book, ServiceDefinition service, PlaybookDefinition playbook, string id, bool several)
    {
        foreach (var weaker in book.Open.Where(r => !r.HasActed && r.Target == service.Target))
            yield return Entry.Of(weaker, new RollbackEvent.Closed(Outcome.Replaced, Reason.ReplacedByStrongerRow, $"{by} started {playbook.Name} by hand"));
        var shadow = request.Shadow || operators.Shadow || operators.Teams.GetValueOrDefault(service.Team) is { Shadow: true };
        var row = new RowDefinition(service.Team, "started by hand", Rank, [], RowEnding.Playbook, playbook.Name, null, shadow);
        yield return new Entry(RollbackState.Stream(id), new RollbackEvent.Proposed(id, row, service, Severity, playbook, shadow, $"started by {by}", null)
        {
            Manual = new ManualStart(by, request.Reason.Trim(), request.Method, Inputs(request, playbook), several ? request.Key : null),
        });
    }

    private static ImmutableSortedDictionary<string, string> Inputs(StartRequest request, PlaybookDefinition playbook) =>
        playbook.Manual!.Inputs.ToImmutableSortedDictionary(i => i.Name, i => request.Inputs.GetValueOrDefault(i.Name) ?? i.Default!, StringComparer.Ordinal);

    private static string Id(ServiceDefinition service, StartRequest request)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Key}/{service.Name}/{request.Playbook}")))[..10];
        return string.Create(CultureInfo.InvariantCulture, $"{service.Name}-by-hand-{hash}");
    }
}
