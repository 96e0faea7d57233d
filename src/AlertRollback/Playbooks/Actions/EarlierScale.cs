using AlertRollback.Playbooks.Scales;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Replicas that an earlier step of the same plan sets: scaled down first, then undone, then scaled up again.</summary>
internal static class EarlierScale
{
    /// <summary>How many replicas the workload of that uid will have by then; null: no earlier step scales it.</summary>
    public static long? Of(StepContext context, string uid) => context.Earlier
        .Where(e => e.Action == "scale")
        .SelectMany(e => ScaleCourse.AllOf(e.Pin))
        .LastOrDefault(c => c.Whole.Uid == uid)?.Whole.To;
}
