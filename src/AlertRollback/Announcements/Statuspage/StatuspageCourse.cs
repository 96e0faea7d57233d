using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>
/// What is told as one incident: a rollback and those that took over, one after the other, because it failed, or because a
/// person started another while it was watched.
/// </summary>
internal sealed record StatuspageCourse(IReadOnlyList<RollbackState> Runs)
{
    public RollbackState First => Runs[0];

    /// <summary>The one that tells how it stands.</summary>
    public RollbackState Last => Runs[^1];

    /// <summary>Whoever cut the watch of <see cref="Last"/> short and speaks for itself: its alerts are judged there. Null: nobody.</summary>
    public RollbackState? Heir { get; init; }

    public long LastSequence => Runs.Append(Heir).OfType<RollbackState>().Max(r => r.LastSequence);

    public bool StillFires => Voices.Any(r => r.StillFires);

    public bool IsIneffective => Voices.Append(Heir).Any(r => r?.Ineffective is not null);

    // What takes over has the alerts of the one before it; what a person started, those that fired when it began.
    private IEnumerable<RollbackState> Voices => Runs.Where(r => r == Last || r.Closed?.Reason == Reason.WatchCutShort);

    /// <summary>When customers are told, if it stays as it is now; null: not at all.</summary>
    public DateTimeOffset? PublishAt
    {
        get
        {
            var due = First.ProposedAt + First.Service.Statuspage!.PublishAfter;
            var verified = Last.Timeline.FirstOrDefault(t => t.Event is RollbackEvent.StabilisationStarted)?.At;
            return Last switch
            {
                _ when !Runs.Any(ChangesProduction) => null,
                _ when IsIneffective && StillFires => due,
                { Closed.Outcome: Outcome.RolledBack } => null,
                { Closed: not null } when !StillFires => null,
                { Closed: not null } => due,
                _ => verified <= due ? null : due,
            };
        }
    }

    public static StatuspageCourse From(Book book, RollbackState first)
    {
        var runs = new List<RollbackState> { first };
        while (Next(book, runs[^1]) is { } next)
            runs.Add(next);
        return new StatuspageCourse(runs) { Heir = book.Rollbacks.Values.FirstOrDefault(r => EndsWatchOf(r, runs[^1])) };
    }

    /// <summary>The run that it all began with: itself, unless it took over.</summary>
    public static RollbackState Beginning(Book book, RollbackState rollback)
    {
        var first = rollback;
        while (Before(book, first) is { } before)
            first = before;
        return first;
    }

    private static RollbackState? Next(Book book, RollbackState run) => run switch
    {
        { HandedOver: not null } => book.TookOver(run),
        { Closed.Reason: Reason.WatchCutShort } => book.Rollbacks.Values.FirstOrDefault(r => GoesOnAfter(r, run)),
        _ => null,
    };

    private static RollbackState? Before(Book book, RollbackState run) => run switch
    {
        { After: { } failed } => book.Rollbacks.GetValueOrDefault(failed),
        { Manual.EndsWatchOf: { } id } when book.Rollbacks.GetValueOrDefault(id) is { } watched && GoesOnAfter(run, watched) => watched,
        _ => null,
    };

    private static bool GoesOnAfter(RollbackState rollback, RollbackState watched) =>
        EndsWatchOf(rollback, watched)
        && !SpeaksForItself(rollback.Playbook) && rollback.Service.Statuspage?.Component == watched.Service.Statuspage?.Component;

    // It was watched when the person started this one; another one may have ended that watch since, and customers may know that it is over.
    private static bool EndsWatchOf(RollbackState rollback, RollbackState watched) =>
        rollback.Manual?.EndsWatchOf == watched.Id && rollback.EndedWatchOf(watched) && watched.Closed?.Reason == Reason.WatchCutShort;

    // Two voices would confuse customers, and a planned maintenance is no problem.
    public static bool SpeaksForItself(PlaybookDefinition playbook) =>
        playbook.Before.Concat(playbook.Meanwhile).Concat(playbook.Methods.SelectMany(m => m.Steps)).Concat(playbook.OnFailure).Any(s => s.Action == "statuspage")
        || (playbook.Then is { } then && SpeaksForItself(then));

    // A run that only looks, as one that a person starts to find out more, is no outage.
    private static bool ChangesProduction(RollbackState rollback) => rollback.HasActed
        && rollback.AllPlans.Any(p => p.Steps.Any(s => s.ChangesProduction));
}
