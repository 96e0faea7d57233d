using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Announcements;

/// <summary>What happens to the rollback of these tests, event by event.</summary>
internal static class Happenings
{
    public const string Id = "rental-api-20261123-1200-abc123";
    public const string Journalled = $"rollback/{Id}";
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly CheckSetDefinition Healthy = new("healthy", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), []);

    public static RollbackEvent.Proposed Proposed(
        bool shadow = false, string severity = "critical", string? summary = "Errors at 12 %", string alert = "RentalErrors", string id = Id, TimeSpan? publishAfter = null) => new(
        id,
        new RowDefinition("rental", "critical band", 0, ["severity=\"critical\""], RowEnding.Playbook, "undo", null, shadow),
        new ServiceDefinition(
            "rental", "rental-api", new WorkloadDefinition("deployment", "production", "rental-api"), null, "#rental-ops",
            new StatuspageTarget("Rental", publishAfter ?? TimeSpan.FromMinutes(2))),
        new SeverityDefinition(severity, TimeSpan.FromMinutes(5)),
        new PlaybookDefinition(
            "undo",
            GuardSettings.Default,
            [],
            [new MethodDefinition("kubernetes", TimeSpan.FromMinutes(10), []), new MethodDefinition("docker", TimeSpan.FromMinutes(10), [])],
            [Healthy],
            [],
            TimeSpan.FromMinutes(30)),
        shadow,
        "row \"critical band\" decides",
        Cause(alert, summary));

    /// <summary>Started by a person, as <c>alertrollback trigger</c> does it.</summary>
    public static RollbackEvent.Proposed ByAlice() => Proposed() with
    {
        Manual = new ManualStart("alice", "errors since noon", null, ImmutableSortedDictionary<string, string>.Empty, null),
        Cause = null,
        Row = Proposed().Row with { Name = "started by hand" },
        Severity = new SeverityDefinition("by hand", null),
    };

    public static Cause Cause(string alert = "RentalErrors", string? summary = "Errors at 12 %", string fingerprint = "f1") => new(
        fingerprint, alert, new SortedDictionary<string, string> { ["pod"] = "rental-api-7" }, summary, Noon - TimeSpan.FromMinutes(1), Noon, "https://prometheus/graph?g0", null);

    public static RollbackEvent.GuardsJudged GuardsPass() => new(
        [GuardResult.Pass("kill_switch", "off"), GuardResult.Pass("attribution", "deployed 20 min before the alert")]);

    public static RollbackEvent.PlanMade PlanMade(int method = 0, string name = "kubernetes", IReadOnlyList<string>? warnings = null) => new(Plan.Of(method, name,
    [
        new PlannedStep($"{name}/0", "rollout_undo", new JsonObject { ["to"] = "abc" }, "revision 7 (rental:2.0)", "revision 6 (rental:1.9)", warnings ?? [], ["image: rental:2.0 → rental:1.9"], ["deployment/production/rental-api"], null, true, true),
    ]));

    public static RollbackEvent.FallbackStepPlanned FallbackPlanned(int index, string action, string from, string to, bool changes) => new(index, Plan.Of(Plan.OnFailure, "on_failure",
        [new PlannedStep($"on_failure/{index}", action, [], from, to, [], [], [], null, false, changes)]));

    public static RollbackEvent.FallbackStepEnded NotDone() => new(0, "scale", Done: false, "not done: two holds two/a");

    public static IEnumerable<RollbackEvent> UntilPlanned() => [Proposed(), GuardsPass(), PlanMade()];

    public static IEnumerable<RollbackEvent> UntilActing() =>
    [
        .. UntilPlanned(),
        new RollbackEvent.Started(["deployment/production/rental-api"], []),
        new RollbackEvent.MethodStarted(0, "kubernetes", Noon + TimeSpan.FromMinutes(10)),
        new RollbackEvent.StepStarted("kubernetes/0", "rollout_undo", 1),
    ];

    public static RollbackEvent.StepEnded StepEnded(StepResult result = StepResult.Done, Reason reason = Reason.Applied, string text = "3 of 3 pods run revision 6", string method = "kubernetes") =>
        new($"{method}/0", "rollout_undo", result, reason, text);

    public static IEnumerable<RollbackEvent> UntilVerifying() =>
        [.. UntilActing(), StepEnded(), new RollbackEvent.VerificationStarted(0, "healthy", Noon + TimeSpan.FromMinutes(6))];

    public static RollbackEvent.CheckSetAnswered Answered(Verdict verdict, string measured, bool final = true) =>
        new(0, "healthy", verdict, [new CheckResult(verdict, "error rate", measured, "below 0.1 %"), new CheckResult(Verdict.Pass, "requests", "210/s", null)], final);

    public static IEnumerable<RollbackEvent> UntilStabilising() =>
    [
        .. UntilVerifying(),
        Answered(Verdict.Pass, "0.02 %"),
        new RollbackEvent.Verified(Verdict.Pass, "every check passed"),
        new RollbackEvent.StabilisationStarted(Noon + TimeSpan.FromMinutes(35)),
    ];

    public static IEnumerable<RollbackEvent> UntilRolledBack() => [.. UntilStabilising(), Resolved(), Closed(Outcome.RolledBack, Reason.Applied, "undone, verified and stable")];

    /// <summary>The undo, with the replicas set to none while it runs, and what became of them afterwards.</summary>
    public static IEnumerable<RollbackEvent> Meanwhile(RollbackEvent.StepRestored restored) =>
    [
        .. Meanwhile(new RollbackEvent.StepEnded("kubernetes/meanwhile/0", "scale", StepResult.Done, Reason.Applied, "0 of 0 pods run")),
        StepEnded(),
        restored,
    ];

    /// <summary>Until the replicas, which were to be set to none while the undo runs, are so or not.</summary>
    public static IEnumerable<RollbackEvent> Meanwhile(RollbackEvent.StepEnded scaled) =>
    [
        Proposed(),
        new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes",
        [
            new PlannedStep("kubernetes/meanwhile/0", "scale", [], "3 replicas", "0 replicas", [], [], [], null, false, true) { Meanwhile = true },
            PlanMade().Plan.Steps[0] with { Stage = 1 },
        ])),
        .. UntilActing().Skip(UntilPlanned().Count()).SkipLast(1),
        new RollbackEvent.StepStarted("kubernetes/meanwhile/0", "scale", 1),
        scaled,
    ];

    /// <summary>Carried out, and measured to have been no help.</summary>
    public static IEnumerable<RollbackEvent> UntilMethodFailed() =>
    [
        .. UntilVerifying(),
        Answered(Verdict.Fail, "4.1 %"),
        new RollbackEvent.Verified(Verdict.Fail, "error rate: 4.1 %"),
        new RollbackEvent.MethodFailed(0, Reason.CheckFailed, "error rate: 4.1 %"),
    ];

    /// <summary>The undo did not help, a restart after it did.</summary>
    public static IEnumerable<RollbackEvent> UntilRestarted() =>
    [
        .. UntilMethodFailed(),
        new RollbackEvent.PlanMade(Plan.Of(1, "docker", [new PlannedStep("docker/0", "restart", [], "3 pods", "3 new pods", [], [], [], null, false, true)])),
        new RollbackEvent.MethodStarted(1, "docker", Noon + TimeSpan.FromMinutes(20)),
        new RollbackEvent.StepStarted("docker/0", "restart", 1),
        new RollbackEvent.StepEnded("docker/0", "restart", StepResult.Done, Reason.Applied, "3 of 3 pods are new"),
        .. UntilRolledBack().Skip(UntilVerifying().Count() - 1),
    ];

    /// <summary>The same alert of so many other pods.</summary>
    public static IEnumerable<RollbackEvent> Joins(int count) => Enumerable.Range(0, count).Select(i => new RollbackEvent.CauseAttached(
        Cause(fingerprint: $"j{i}") with { Labels = new SortedDictionary<string, string> { ["pod"] = $"rental-api-{i}" } }));

    /// <summary>It cannot be told whether a rollback is right, is asked again so often, and comes to the same.</summary>
    public static IEnumerable<RollbackEvent> CannotBeTold(int count, string text) => Enumerable.Range(0, count).SelectMany(i => new RollbackEvent[]
    {
        GuardsPass(), new RollbackEvent.Parked(Reason.CannotTell, text, Noon + TimeSpan.FromSeconds(5 * i)), new RollbackEvent.Unparked("cannot_tell is over"),
    });

    public static RollbackEvent.CauseResolved Resolved() => new("f1", Noon + TimeSpan.FromMinutes(4));

    public static RollbackEvent.Paged Paged(Reason reason, string text) => new(["on-call"], reason, text);

    public static RollbackEvent.Closed Closed(Outcome outcome, Reason reason, string text) => new(outcome, reason, text);

    /// <summary>People are called and the run ends, in one breath as the runner does it.</summary>
    public static IEnumerable<RollbackEvent> BadEnd(Outcome outcome, Reason reason, string text) => [Paged(reason, text), Closed(outcome, reason, text)];

    /// <summary>The state after these events, ten seconds apart from noon on.</summary>
    public static RollbackState Fold(IEnumerable<RollbackEvent> events)
    {
        RollbackState? state = null;
        var sequence = 0L;
        foreach (var e in events)
        {
            var at = Noon + TimeSpan.FromSeconds(10 * sequence++);
            state = e is RollbackEvent.Proposed first ? RollbackState.From(sequence, at, first) : state!.Apply(sequence, at, e);
        }

        return state!;
    }
}
