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

/// <summary>How urgent a severity is. A rollback that has not begun to act within <paramref name="StartWithin"/> is reported as an overrun; people are told to begin a task within it.</summary>
public sealed record SeverityDefinition(string Name, TimeSpan? StartWithin)
{
    /// <summary>Who has to agree first; null: nobody.</summary>
    public ApprovalDefinition? Approval { get; init; }

    /// <summary>Whether customers read of a major outage, and not of a partial one; null: its name says it.</summary>
    public bool? MajorOutage { get; init; }
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

    /// <summary>Whether it alone is in shadow mode and its team is not: what a person starts by hand acts then.</summary>
    public bool ShadowAlone { get; init; }

    /// <summary>Acts only inside this time frame; null: at any time.</summary>
    public WindowDefinition? Window { get; init; }
}

/// <summary>A time frame that comes again every week, e.g. Sunday 02:00 to 04:00 in America/Santiago.</summary>
/// <param name="Days">Days on which it opens.</param>
/// <param name="From">Time of day it opens; when <paramref name="To"/> is not later, it closes on the next day.</param>
/// <param name="Zone">IANA time zone.</param>
public sealed record WindowDefinition(string Name, IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To, string Zone);
