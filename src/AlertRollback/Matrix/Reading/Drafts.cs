using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching;
using AlertRollback.Operators;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

// What the files say, with places and before the rules were asked: names may lead nowhere yet.

internal sealed record TeamDraft(
    Placed Team,
    bool Shadow,
    TeamNotes Notes,
    IReadOnlyList<ServiceDraft> Services,
    IReadOnlyList<SeverityDraft> Severities,
    IReadOnlyList<WindowDraft> Windows,
    IReadOnlyList<RowDraft> Rows,
    IReadOnlyList<PlaybookDraft> Playbooks,
    IReadOnlyList<CheckSetDraft> CheckSets,
    IReadOnlyList<FollowUpDraft> FollowUp,
    TimeTargets Targets)
{
    /// <summary>The names under <c>steps:</c>.</summary>
    public IReadOnlyList<Placed> NamedSteps { get; init; } = [];

    /// <summary>Keys of which nothing comes yet.</summary>
    public IReadOnlyList<Placed> Later { get; init; } = [];
}

internal sealed record ServiceDraft(Placed Name, WorkloadDraft? Workload, Placed? Url, Placed? Slack, Placed? Component, TimeSpan PublishAfter)
{
    public Placed? Namespace { get; init; }

    public JsonObject Settings { get; init; } = [];

    public IReadOnlyList<NamedGrant> Names { get; init; } = [];

    public IReadOnlyList<CheckSetDraft> CheckSets { get; init; } = [];

    /// <summary>Of which nothing comes yet.</summary>
    public Placed? Email { get; init; }
}

internal sealed record WorkloadDraft(Place Place, string Kind, string Namespace, string Name, Placed? Cluster)
{
    public string Address => new WorkloadDefinition(Kind, Namespace, Name, Cluster?.Text ?? OperatorConfiguration.DefaultCluster).Address;
}

internal sealed record SeverityDraft(Placed Name, TimeSpan? StartWithin, ApprovalDraft? Approval, bool? MajorOutage);

internal sealed record ApprovalDraft(Place Place, Placed Role, ApprovalDefinition Definition, IReadOnlyList<Placed> Inputs);

internal sealed record WindowDraft(Placed Name, WindowDefinition? Definition);

internal sealed record FollowUpDraft(FollowUpDefinition Definition, Placed? Role);

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
    Placed? Window,
    bool Shadow);

internal sealed record PlaybookDraft(Placed Name)
{
    public ManualDraft? Manual { get; init; }

    public ApprovalDraft? Approval { get; init; }

    public GuardsDraft Guards { get; init; } = new(GuardSettings.Default, [], []);

    public IReadOnlyList<StepDraft> Before { get; init; } = [];

    public IReadOnlyList<StepDraft> Meanwhile { get; init; } = [];

    public bool KeepMeanwhileOnFailure { get; init; }

    public IReadOnlyList<MethodDraft> Methods { get; init; } = [];

    public IReadOnlyList<Placed> Verify { get; init; } = [];

    public IReadOnlyList<StepDraft> OnFailure { get; init; } = [];

    /// <summary>The playbook that takes over.</summary>
    public Placed? Then { get; init; }

    public TimeSpan Stabilise { get; init; }

    /// <summary>Null: the file's.</summary>
    public IReadOnlyList<FollowUpDraft>? FollowUp { get; init; }

    /// <summary>Null: the file's.</summary>
    public TimeTargets? Targets { get; init; }

    /// <summary>Every step, wherever it stands.</summary>
    public IEnumerable<StepDraft> Steps => [.. Before, .. Meanwhile, .. Methods.SelectMany(m => m.Steps), .. OnFailure];

    /// <summary>The checks that stand in it themselves: in guards and beside steps.</summary>
    public IEnumerable<CheckDraft> OwnChecks => [.. Guards.SameAsAtTarget, .. Guards.AllZero, .. Steps.SelectMany(s => s.Conditions.SelectMany(c => c.Checks))];

    public IEnumerable<ApprovalDraft> Approvals => Methods.Select(m => m.Approval).Prepend(Approval).OfType<ApprovalDraft>();
}

internal sealed record ManualDraft(IReadOnlyList<Placed> Roles, IReadOnlyList<InputDefinition> Inputs, bool SeveralServices)
{
    /// <summary>Where its inputs stand.</summary>
    public IReadOnlyList<Placed> InputNames { get; init; } = [];
}

internal sealed record GuardsDraft(GuardSettings Settings, IReadOnlyList<CheckDraft> SameAsAtTarget, IReadOnlyList<CheckDraft> AllZero);

internal sealed record MethodDraft(Placed Name, TimeSpan Within, IReadOnlyList<StepDraft> Steps)
{
    public bool OnlyManual { get; init; }

    public ApprovalDraft? Approval { get; init; }
}

internal sealed record StepDraft(Place Place, IActionKind Action, ParameterValues Parameters)
{
    public string? Name { get; init; }

    public TimeSpan? Within { get; init; }

    public ConditionDraft? If { get; init; }

    public ConditionDraft? Unless { get; init; }

    public StepServicesDraft? Services { get; init; }

    /// <summary>How long it takes whatever happens.</summary>
    public TimeSpan Takes => Action.Takes(Parameters.Json);

    public IEnumerable<ConditionDraft> Conditions => new[] { If, Unless }.OfType<ConditionDraft>();
}

/// <summary>Checks of its own and check sets by name.</summary>
internal sealed record ConditionDraft(IReadOnlyList<CheckDraft> Checks, IReadOnlyList<Placed> Sets);

/// <param name="Names">Empty for all.</param>
internal sealed record StepServicesDraft(Place Place, IReadOnlyList<Placed> Names)
{
    public IEnumerable<ServiceDraft> Of(TeamDraft team) =>
        team.Services.Where(s => Names.Count == 0 ? s.Workload is not null : Names.Any(n => n.Text == s.Name.Text));
}

internal sealed record CheckSetDraft(Placed Name, TimeSpan Within, TimeSpan Every, IReadOnlyList<CheckDraft> All);

internal sealed record CheckDraft(Place Place, ICheckKind Check, ParameterValues Parameters, bool Report)
{
    public CheckDefinition Definition => new(Check.Name, Parameters.Json, Report);
}

/// <summary>Parameters as the action or check gets them.</summary>
/// <param name="Names">The names with power among them.</param>
/// <param name="Inputs">Inputs of a playbook they are filled in with.</param>
internal sealed record ParameterValues(JsonObject Json, IReadOnlyList<NamedGrant> Names, IReadOnlyList<Placed> Inputs)
{
    /// <summary>Those of the checks among them, each by itself: what one of them names is not sent where another one asks.</summary>
    public IReadOnlyList<CheckDraft> Checks { get; init; } = [];
}

/// <summary>A name that the operator has to grant.</summary>
internal sealed record NamedGrant(Grant Grant, Placed Name);
