using System.Text.Json.Nodes;

namespace AlertRollback.Matrix;

// What a matrix file says of playbooks; like the rest of the model it goes into the journal with each rollback (S14).

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
