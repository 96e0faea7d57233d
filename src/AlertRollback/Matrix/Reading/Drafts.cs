using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Matrix.Reading;

// What the files say, with places and before the rules were asked: names may lead nowhere yet.

internal sealed record TeamDraft(
    Placed Team,
    bool Shadow,
    TeamNotes Notes,
    IReadOnlyList<ServiceDraft> Services,
    IReadOnlyList<SeverityDraft> Severities,
    IReadOnlyList<RowDraft> Rows,
    IReadOnlyList<PlaybookDraft> Playbooks,
    IReadOnlyList<CheckSetDraft> CheckSets);

internal sealed record ServiceDraft(Placed Name, WorkloadDraft? Workload, Placed? Url, Placed? Slack, Placed? Component, TimeSpan PublishAfter);

internal sealed record WorkloadDraft(Place Place, string Kind, string Namespace, string Name);

internal sealed record SeverityDraft(Placed Name, TimeSpan? StartWithin);

internal sealed record MatcherDraft(Place Place, Matcher Matcher);

/// <param name="IsWhole">All its matchers could be read; else nothing is said about what it matches.</param>
internal sealed record RowDraft(
    Placed Name,
    IReadOnlyList<MatcherDraft> Matchers,
    bool IsWhole,
    RowEnding Ending,
    Placed Subject,
    Placed? Role,
    Placed? Severity,
    bool Shadow);

internal sealed record PlaybookDraft(
    Placed Name,
    GuardSettings Guards,
    IReadOnlyList<StepDraft> Before,
    IReadOnlyList<MethodDraft> Methods,
    IReadOnlyList<Placed> Verify,
    IReadOnlyList<StepDraft> OnFailure,
    TimeSpan Stabilise);

internal sealed record MethodDraft(Placed Name, TimeSpan Within, IReadOnlyList<StepDraft> Steps);

internal sealed record StepDraft(Place Place, IAction Action, ParameterValues Parameters);

internal sealed record CheckSetDraft(Placed Name, TimeSpan Within, TimeSpan Every, IReadOnlyList<CheckDraft> All);

internal sealed record CheckDraft(Place Place, ICheck Check, ParameterValues Parameters, bool Report);

/// <summary>Parameters as the action or check gets them, and where each stands.</summary>
internal sealed record ParameterValues(JsonObject Json, IReadOnlyDictionary<string, Place> Places)
{
    public IEnumerable<Placed> Texts(string name) => Json[name] switch
    {
        JsonArray list => list.Select(item => new Placed((string)item!, Places[name])),
        JsonValue value when value.TryGetValue<string>(out var text) => [new Placed(text, Places[name])],
        _ => [],
    };
}
