using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AlertRollback.Matrix;

// What a matrix file says, after it was read and found free of faults. All of it can be written to the journal, because
// a rollback carries its own copy of row, playbook and service (S14). Parameters of steps and checks stay JSON: only
// the action or check that owns them knows their meaning.

/// <summary>What a team runs and how people hear of it.</summary>
/// <param name="Workload">What can be rolled back; null when the service only has tasks and logs.</param>
/// <param name="Url">Base of every HTTP check; no label can change its host.</param>
/// <param name="Slack">Channel with its <c>#</c>; null: the operator's default channel.</param>
public sealed record ServiceDefinition(
    string Team,
    string Name,
    WorkloadDefinition? Workload,
    string? Url,
    string? Slack,
    StatuspageTarget? Statuspage)
{
    /// <summary>What it acts on, as a lock and in guards: the workload, else the service itself.</summary>
    [JsonIgnore]
    public string Target => Workload is { } workload ? $"{workload.Cluster}/{workload}" : $"service/{Name}";

    /// <summary>The namespace it says for itself; a workload's own comes first.</summary>
    public string? Namespace { get; init; }

    /// <summary>What actions and checks declared as their keys of a service, e.g. <c>helm_release</c>, <c>flag</c>; by key.</summary>
    public JsonObject Settings { get; init; } = [];

    /// <summary>Check sets of this service's own, by name; they come before the team's of the same name.</summary>
    public IReadOnlyDictionary<string, CheckSetDefinition> Checks { get; init; } = new Dictionary<string, CheckSetDefinition>();

    /// <summary>What is said of one of several services, named; of a rollback's own (null) as it is.</summary>
    public static string Named(ServiceDefinition? other, string text) => other is null ? text : $"{other.Name}: {text}";

    /// <summary>What a name that led to <paramref name="set"/> means for this service: its own of that name, else the team's.</summary>
    public CheckSetDefinition Own(CheckSetDefinition set) => Checks.GetValueOrDefault(set.Name) ?? set;
}

/// <summary>One thing that can be rolled back, e.g. kind <c>deployment</c>, namespace <c>production</c>, name <c>rental-api</c>.</summary>
/// <param name="Cluster">The operator's name of the cluster; <c>default</c> is the one under <c>kubernetes:</c>.</param>
public sealed record WorkloadDefinition(string Kind, string Namespace, string Name, string Cluster = "default")
{
    /// <summary>With its cluster where that is not the default one: <c>west/deployment/staging/rental-api</c>.</summary>
    [JsonIgnore]
    public string Address => InCluster(ToString());

    /// <summary>Its namespace as the operator grants it: <c>production</c>, <c>west/staging</c>.</summary>
    [JsonIgnore]
    public string GrantedNamespace => InCluster(Namespace);

    private string InCluster(string text) => Cluster == "default" ? text : $"{Cluster}/{text}";

    public override string ToString() => $"{Kind}/{Namespace}/{Name}";
}

/// <summary>The component on the status page, and how long to wait before anything is published.</summary>
public sealed record StatuspageTarget(string Component, TimeSpan PublishAfter);

/// <summary>How urgent a severity is. A rollback that has not begun to act within <paramref name="StartWithin"/> is reported as an overrun.</summary>
public sealed record SeverityDefinition(string Name, TimeSpan? StartWithin)
{
    /// <summary>Who has to agree first; null: nobody.</summary>
    public ApprovalDefinition? Approval { get; init; }
}

/// <summary>What happens when nobody answers in time.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<OnSilence>))]
public enum OnSilence
{
    /// <summary>Refused, and people are called.</summary>
    Deny,

    /// <summary>People are called and asked once more, for the same time; then denied.</summary>
    Escalate,

    /// <summary>Carried out: the time was one for a veto.</summary>
    Proceed,

    /// <summary>Closed without calling anybody.</summary>
    Drop,
}

/// <summary>A person's yes or no to one plan.</summary>
/// <param name="Role">Whose people may answer.</param>
/// <param name="Type">What has to be typed to agree, in words (<c>the database's name</c>); null: nothing. See <see cref="Answer"/>.</param>
/// <param name="Answer">The text that has to be typed; placeholders are filled in when it is asked.</param>
/// <param name="ByAnother">Whoever started it by hand must not agree to it as well.</param>
public sealed record ApprovalDefinition(string Role, TimeSpan Within, OnSilence Otherwise, string? Type, string? Answer, bool ByAnother)
{
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(15);
}

/// <summary>What a row ends in.</summary>
public enum RowEnding { Playbook, Task, Log }

/// <summary>One line of the matrix.</summary>
/// <param name="Rank">Place among its team's rows, 0 first: a lower rank is the stronger row (S10).</param>
/// <param name="Subject">The playbook's name or the task's text; empty for <c>log</c>.</param>
public sealed record RowDefinition(
    string Team,
    string Name,
    int Rank,
    IReadOnlyList<string> Matchers,
    RowEnding Ending,
    string Subject,
    string? TaskRole,
    bool Shadow)
{
    /// <summary>The severity the row gives its alerts; null: the alert's <c>severity</c> label names it.</summary>
    public string? Severity { get; init; }

    /// <summary>Acts only inside this time frame; null: at any time.</summary>
    public WindowDefinition? Window { get; init; }
}

/// <summary>A time frame that comes again every week, e.g. Sunday 02:00 to 04:00 in America/Santiago.</summary>
/// <param name="Days">Days on which it opens.</param>
/// <param name="From">Time of day it opens; when <paramref name="To"/> is earlier, it closes on the next day.</param>
/// <param name="Zone">IANA time zone.</param>
public sealed record WindowDefinition(string Name, IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To, string Zone);

/// <summary>A playbook with the check sets it names resolved into it.</summary>
public sealed record PlaybookDefinition(
    string Name,
    GuardSettings Guards,
    IReadOnlyList<StepDefinition> Before,
    IReadOnlyList<MethodDefinition> Methods,
    IReadOnlyList<CheckSetDefinition> Verify,
    IReadOnlyList<StepDefinition> OnFailure,
    TimeSpan Stabilise)
{
    /// <summary>Who may start it by hand, and with what; null: nobody.</summary>
    public ManualDefinition? Manual { get; init; }

    /// <summary>Who has to agree, besides what the severity asks for.</summary>
    public ApprovalDefinition? Approval { get; init; }

    /// <summary>Carried out before the steps of a method and put back after them in reverse order, whatever happens.</summary>
    public IReadOnlyList<StepDefinition> Meanwhile { get; init; } = [];

    /// <summary>After a failure <see cref="Meanwhile"/> stays as it is and people are called.</summary>
    public bool KeepMeanwhileOnFailure { get; init; }

    /// <summary>Another playbook that takes over, once, after a measured failure of all methods.</summary>
    public PlaybookDefinition? Then { get; init; }

    /// <summary>Open items of the report once something was changed.</summary>
    public IReadOnlyList<FollowUpDefinition> FollowUp { get; init; } = [];

    /// <summary>Overruns of these are reported.</summary>
    public TimeTargets Targets { get; init; } = TimeTargets.None;

    /// <summary>The playbook as it runs for one service, whose own check sets come before the team's of the same name.</summary>
    public PlaybookDefinition For(ServiceDefinition service) => service.Checks.Count == 0 ? this : this with
    {
        Verify = [.. Verify.Select(service.Own)],
        Then = Then?.For(service),
    };
}

/// <summary>Starting a playbook by hand.</summary>
/// <param name="Roles">Whose people may start it.</param>
/// <param name="Inputs">Names that become placeholders; with a default, or required.</param>
/// <param name="SeveralServices">Several services may be named at once: each step runs for all side by side.</param>
public sealed record ManualDefinition(IReadOnlyList<string> Roles, IReadOnlyList<InputDefinition> Inputs, bool SeveralServices);

/// <param name="Default">Null: it has to be given.</param>
public sealed record InputDefinition(string Name, string? Default);

/// <summary>Work for people after a rollback.</summary>
public sealed record FollowUpDefinition(string Text, TimeSpan Within, string? Role);

/// <summary>From the alert's start to the proposal, to the first write, to the last step, to the verdict, and all of it; null: not asked for.</summary>
public sealed record TimeTargets(TimeSpan? Decide, TimeSpan? Start, TimeSpan? Execute, TimeSpan? Verify, TimeSpan? Total)
{
    public static readonly TimeTargets None = new(null, null, null, null, null);
}

/// <summary>Limits a playbook sets on itself; null or zero means not asked for.</summary>
/// <param name="DeployedWithin">The suspect became current at most this long before the earliest firing alert (S9).</param>
/// <param name="Hold">After the last write the same playbook does not act again for this long (S10).</param>
/// <param name="Cooldown">After the last write of any playbook on the same workload.</param>
public sealed record GuardSettings(TimeSpan? DeployedWithin, TimeSpan Hold, TimeSpan Cooldown)
{
    public static readonly TimeSpan DefaultHold = TimeSpan.FromMinutes(15);
    public static readonly GuardSettings Default = new(null, DefaultHold, TimeSpan.Zero);

    /// <summary>Checks that have to answer now what they answered while the target ran.</summary>
    public IReadOnlyList<CheckDefinition> SameAsAtTarget { get; init; } = [];

    /// <summary>Checks whose every number has to be zero.</summary>
    public IReadOnlyList<CheckDefinition> AllZero { get; init; } = [];

    /// <summary>The classes of database change, by the workload's annotation, that may be rolled back; empty: not asked.</summary>
    public IReadOnlyList<string> DatabaseChange { get; init; } = [];
}

/// <summary>One rung of a playbook's ladder. Plain <c>steps</c> are one method named <c>steps</c>.</summary>
/// <param name="Within">Time for all its steps together; over it, an unfinished step has failed measurably.</param>
public sealed record MethodDefinition(string Name, TimeSpan Within, IReadOnlyList<StepDefinition> Steps)
{
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(10);

    /// <summary>Never a rung of the ladder: only for a person who names it.</summary>
    public bool OnlyManual { get; init; }

    /// <summary>Who has to agree to this rung, besides what severity and playbook ask for.</summary>
    public ApprovalDefinition? Approval { get; init; }
}

/// <summary>One use of an action.</summary>
public sealed record StepDefinition(string Action, JsonObject Parameters)
{
    /// <summary>The name it has under <c>steps:</c>, for people; null: none.</summary>
    public string? Name { get; init; }

    /// <summary>Time for this step alone; null: the method's.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Runs only when all of these pass. A measured fail skips it; "cannot tell" stops (S16).</summary>
    public IReadOnlyList<CheckDefinition> If { get; init; } = [];

    /// <summary>Runs unless all of these pass.</summary>
    public IReadOnlyList<CheckDefinition> Unless { get; init; } = [];

    /// <summary>Check sets that <see cref="If"/> names, as the team has them: asked before the checks that stand there themselves.</summary>
    public IReadOnlyList<CheckSetDefinition> IfSets { get; init; } = [];

    /// <summary>The same for <see cref="Unless"/>.</summary>
    public IReadOnlyList<CheckSetDefinition> UnlessSets { get; init; } = [];

    /// <summary>The services it is carried out for, side by side; empty: the rollback's own.</summary>
    public IReadOnlyList<ServiceDefinition> Services { get; init; } = [];

    /// <summary>Each time it is carried out: its key, made of <paramref name="key"/>, and the service; null: the rollback's own.</summary>
    public IEnumerable<(string Key, ServiceDefinition? Service)> Uses(string key) =>
        Services.Count == 0 ? [(key, null)] : Services.Select(s => ($"{key}@{s.Name}", (ServiceDefinition?)s));

    /// <summary>All that <see cref="If"/> asks where the step is carried out for one service.</summary>
    public IReadOnlyList<CheckDefinition> IfFor(ServiceDefinition service) => [.. IfSets.SelectMany(s => service.Own(s).All), .. If];

    /// <summary>The same for <see cref="Unless"/>.</summary>
    public IReadOnlyList<CheckDefinition> UnlessFor(ServiceDefinition service) => [.. UnlessSets.SelectMany(s => service.Own(s).All), .. Unless];
}

/// <summary>A named set of checks, asked every <paramref name="Every"/> until all pass or <paramref name="Within"/> is over.</summary>
public sealed record CheckSetDefinition(string Name, TimeSpan Within, TimeSpan Every, IReadOnlyList<CheckDefinition> All)
{
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultEvery = TimeSpan.FromSeconds(5);
}

/// <summary>One use of a check. With <paramref name="Report"/> its value is shown and never judged.</summary>
public sealed record CheckDefinition(string Check, JsonObject Parameters, bool Report);
