using System.Text.Json.Nodes;

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
    StatuspageTarget? Statuspage);

/// <summary>One thing that can be rolled back, e.g. kind <c>deployment</c>, namespace <c>production</c>, name <c>rental-api</c>.</summary>
public sealed record WorkloadDefinition(string Kind, string Namespace, string Name, string Cluster = "default")
{
    public override string ToString() => $"{Kind}/{Namespace}/{Name}";
}

/// <summary>The component on the status page, and how long to wait before anything is published.</summary>
public sealed record StatuspageTarget(string Component, TimeSpan PublishAfter);

/// <summary>How urgent a severity is. A rollback that has not begun to act within <paramref name="StartWithin"/> is reported as an overrun.</summary>
public sealed record SeverityDefinition(string Name, TimeSpan? StartWithin);

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
}

/// <summary>A playbook with the check sets it names resolved into it.</summary>
public sealed record PlaybookDefinition(
    string Name,
    GuardSettings Guards,
    IReadOnlyList<StepDefinition> Before,
    IReadOnlyList<MethodDefinition> Methods,
    IReadOnlyList<CheckSetDefinition> Verify,
    IReadOnlyList<StepDefinition> OnFailure,
    TimeSpan Stabilise);

/// <summary>Limits a playbook sets on itself; null or zero means not asked for.</summary>
/// <param name="DeployedWithin">The suspect became current at most this long before the earliest firing alert (S9).</param>
/// <param name="Hold">After the last write the same playbook does not act again for this long (S10).</param>
/// <param name="Cooldown">After the last write of any playbook on the same workload.</param>
public sealed record GuardSettings(TimeSpan? DeployedWithin, TimeSpan Hold, TimeSpan Cooldown)
{
    public static readonly TimeSpan DefaultHold = TimeSpan.FromMinutes(15);
    public static readonly GuardSettings Default = new(null, DefaultHold, TimeSpan.Zero);
}

/// <summary>One rung of a playbook's ladder. Plain <c>steps</c> are one method named <c>steps</c>.</summary>
/// <param name="Within">Time for all its steps together; over it, an unfinished step has failed measurably.</param>
public sealed record MethodDefinition(string Name, TimeSpan Within, IReadOnlyList<StepDefinition> Steps)
{
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(10);
}

/// <summary>One use of an action.</summary>
public sealed record StepDefinition(string Action, JsonObject Parameters);

/// <summary>A named set of checks, asked every <paramref name="Every"/> until all pass or <paramref name="Within"/> is over.</summary>
public sealed record CheckSetDefinition(string Name, TimeSpan Within, TimeSpan Every, IReadOnlyList<CheckDefinition> All)
{
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultEvery = TimeSpan.FromSeconds(5);
}

/// <summary>One use of a check. With <paramref name="Report"/> its value is shown and never judged.</summary>
public sealed record CheckDefinition(string Check, JsonObject Parameters, bool Report);
