namespace AlertRollback.Rollbacks.Guards;

/// <summary>A workload's pods were, or may have been, taken off the network to stay, and no step has let them back since, as far as the journal knows.</summary>
/// <param name="By">The rollback.</param>
public sealed record Isolation(string By, string Playbook, DateTimeOffset At);

/// <summary>Reads off the timelines who isolated a workload. Pure: where nobody did, the cluster need not be asked.</summary>
internal static class Isolations
{
    public const string Action = "network_isolation";

    // Its pin has the policies that are to go.
    private const string Lifted = "lifted";

    /// <param name="address">The workload's.</param>
    /// <param name="but">The rollback that asks: what it isolated itself, or the one that it took over from, is a part of its playbook.</param>
    public static Isolation? Of(Book book, string address, string but)
    {
        var own = Own(book, but).ToHashSet(StringComparer.Ordinal);
        var last = book.Rollbacks.Values.Where(r => !own.Contains(r.Id)).SelectMany(r => OfOne(r, address)).MaxBy(s => s.End.Sequence);
        return last is { IsLift: false } ? new Isolation(last.By.Id, last.By.Playbook.Name, last.End.At) : null;
    }

    private static IEnumerable<string> Own(Book book, string id)
    {
        for (var run = (string?)id; run is not null; run = book.Rollbacks.GetValueOrDefault(run)?.After)
            yield return run;
    }

    // What stands under meanwhile is put back by itself, unless its rollback ended and left it.
    private static IEnumerable<Ended> OfOne(RollbackState rollback, string address) => rollback.AllPlans.SelectMany(p => p.Steps)
        .Where(s => s.Action == Action && (!s.Meanwhile || IsLeft(rollback, s)) && (s.Service ?? rollback.Service).Workload?.Address == address
            && rollback.Steps.GetValueOrDefault(s.Key)?.Ended is { } end && Counts(end.Result, s.Pin.ContainsKey(Lifted)))
        .Select(s => new Ended(rollback, s.Pin.ContainsKey(Lifted), rollback.Timeline.Last(t => t.Event is RollbackEvent.StepEnded e && e.Key == s.Key)));

    // Of what may have been done, the isolation counts and the lift does not: the cluster is asked then, and knows.
    private static bool Counts(StepResult result, bool isLift) => result == StepResult.Done || (result == StepResult.CannotTell && !isLift);

    private static bool IsLeft(RollbackState rollback, PlannedStep step) =>
        !rollback.IsOpen && rollback.Steps.GetValueOrDefault(step.Key) is { Restored: not { Result: StepResult.Done } };

    private sealed record Ended(RollbackState By, bool IsLift, TimelineEntry End);
}
