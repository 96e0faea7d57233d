using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>
/// What a plan writes to besides its service's own workload: never to what another team declares (S15), and not to another service
/// of its own team while that is frozen. Pure. Only what was pinned tells, as steps may name workloads, or find them.
/// </summary>
/// <param name="services">Those of the matrix in use.</param>
public sealed class ReachedServices(Func<IEnumerable<ServiceDefinition>> services)
{
    private const string Guard = "reach";

    /// <summary>The other services whose workloads it writes to, by name.</summary>
    public IReadOnlyList<ServiceDefinition> Of(RollbackState rollback, Plan plan)
    {
        // Whatever reads what a ConfigMap is put back to is started anew, whosever it is: that is what the step is for.
        var locks = plan.Steps.Where(s => s.Action != ConfigRestoreAction.Word).SelectMany(s => s.Locks).ToHashSet(StringComparer.Ordinal);
        return [.. services().Where(s => s.Name != rollback.Service.Name && s.Workload is not null && locks.Contains(s.Target)).OrderBy(s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>Null: it writes to no workload that another service declares.</summary>
    public GuardResult? Judge(RollbackState rollback, Plan plan, Book book, DateTimeOffset now)
    {
        var reached = Of(rollback, plan);
        if (reached.Count == 0)
            return null;
        if (reached.FirstOrDefault(s => s.Team != rollback.Service.Team) is { } other)
            return GuardResult.Refuse(Guard, Reason.NotGranted, $"it would change {other.Workload!.Address}, which is {other.Name} of the team {other.Team}");
        var frozen = reached.Select(s => (s.Name, Freeze: book.Global.Freezes.GetValueOrDefault(s.Name))).Where(f => f.Freeze?.Until > now).OrderByDescending(f => f.Freeze!.Until).FirstOrDefault();
        return frozen.Freeze is { } freeze
            ? GuardResult.Park(Guard, Reason.Freeze, $"it would change {frozen.Name}, too, which is frozen by {freeze.By} until {Moment.Minute(freeze.Until!.Value, now)} UTC: {freeze.Why}", freeze.Until) with { Service = frozen.Name }
            : GuardResult.Pass(Guard, $"changes {string.Join(", ", reached.Select(s => s.Name))} of the same team, too");
    }
}
