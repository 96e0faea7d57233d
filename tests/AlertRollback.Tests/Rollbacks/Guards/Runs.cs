using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Guards;

/// <summary>Rollbacks and books for the pure parts, made from the events that make them in life.</summary>
internal static class Runs
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double minutes) => Noon + TimeSpan.FromMinutes(minutes);

    public static RollbackState Proposed(
        string id, string? workload = "rental-api", string playbook = "undo", int rank = 0, double at = 0, bool shadow = false,
        GuardSettings? guards = null, string team = "rental", string @namespace = "production")
    {
        var service = new ServiceDefinition(
            team, "rental", workload is null ? null : new WorkloadDefinition("deployment", @namespace, workload), null, null, null);
        var cause = new Cause("f-" + id, "HighErrors", new SortedDictionary<string, string>(StringComparer.Ordinal), null, At(at), At(at), null, null);
        return RollbackState.From(1, At(at), new RollbackEvent.Proposed(
            id,
            new RowDefinition(team, $"row {rank}", rank, [], RowEnding.Playbook, playbook, null, shadow),
            service,
            new SeverityDefinition("critical", null),
            new PlaybookDefinition(playbook, guards ?? GuardSettings.Default, [], [], [], [], TimeSpan.FromMinutes(30)),
            shadow,
            "because",
            cause));
    }

    public static RollbackState ByHand(this RollbackState rollback, bool changesNothing) => rollback with
    {
        Manual = new ManualStart("alice", "drill", null, System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty, null) { ChangesNothing = changesNothing },
    };

    public static RollbackState Acted(this RollbackState rollback, double minutes) => rollback
        .Apply(2, At(minutes), new RollbackEvent.Started([], []))
        .Apply(3, At(minutes), new RollbackEvent.StepStarted("kubernetes/0", "fake_undo", 1));

    public static RollbackState Stabilising(this RollbackState rollback, double minutes) =>
        rollback.Apply(4, At(minutes), new RollbackEvent.StabilisationStarted(At(minutes + 30)));

    public static RollbackState Closed(this RollbackState rollback, double minutes) =>
        rollback.Apply(5, At(minutes), new RollbackEvent.Closed(Outcome.RolledBack, Reason.Applied, "good"));

    public static Book BookOf(params RollbackState[] rollbacks) =>
        Book.Empty with { Rollbacks = Book.Empty.Rollbacks.AddRange(rollbacks.Select(r => KeyValuePair.Create(r.Id, r))) };

    public static Book With(this Book book, GlobalEvent e, double minutes = 0) => book with { Global = book.Global.Apply(At(minutes), e) };

    public static Plan PlanOf(DateTimeOffset? since, bool hasSuspect = true) => Plan.Of(
        0, "kubernetes", [new PlannedStep("kubernetes/0", "fake_undo", [], "rental-api:v2", "rental-api:v1", [], [], [], since, hasSuspect, true)]);
}
