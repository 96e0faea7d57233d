using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Report;

/// <summary>When it began, what came when, and how long it lasted; UTC.</summary>
internal sealed class ReportedTimes(IReadOnlyList<RollbackState> runs, ReportedAlerts alerts, DateTimeOffset now)
{
    private RollbackState First => runs[0];

    private RollbackState Last => runs[^1];

    /// <summary>Since when the first of its alerts fires; of what a person started, since then.</summary>
    public DateTimeOffset Begin { get; } = runs[0].Manual is null && alerts.Since is { } since ? since : runs[0].ProposedAt;

    public string Duration
    {
        get
        {
            // Of what fires on for longer nobody notes any more when it resolved.
            var isOver = Last.Closed is not null && !(alerts.StillFire && Last.EpisodeLastsAt(now));
            var end = isOver ? new[] { Last.ClosedAt, alerts.ResolvedAt }.Max()!.Value : now;
            var text = Durations.Format(TimeSpan.FromSeconds(Math.Round((end - Begin).TotalSeconds)));
            return isOver ? $"{text}, from {Moment.WholeSecond(Begin)} to {Clock(end)} UTC" : $"{text} so far, from {Moment.WholeSecond(Begin)} UTC";
        }
    }

    public string Detection => $"{At(Begin)}{(First is { Manual: null, Causes: [var cause, ..] } ? $", heard of at {Clock(cause.ReceivedAt)}" : ", by a person")}";

    public string Response => $"{At(First.ProposedAt)} decided; {(runs.Select(r => r.StartedAt).FirstOrDefault(s => s is not null) is { } started ? $"carried out from {Clock(started)} on" : "nothing was changed")}";

    public string Mitigation => runs.LastOrDefault(r => r.HasActed) switch
    {
        { LastStepEndedAt: { } over } acted => $"{At(over)} the last step was over; {Verified(acted)}",
        { } => "no step is over",
        null => "none by this rollback",
    };

    public string Resolution
    {
        get
        {
            var closed = Last.ClosedAt is { } at ? $"{At(at)} closed" : "not closed";
            return alerts switch
            {
                { StillFire: true } => $"not every alert was heard to have resolved; {closed}",
                { ResolvedAt: { } resolved } => $"{At(resolved)} every alert had resolved; {closed}",
                _ => closed,
            };
        }
    }

    /// <summary>With its day where that is not the day on which it began.</summary>
    public string Clock(DateTimeOffset at) => Moment.Second(at, Begin);

    private string At(DateTimeOffset at) => $"{Clock(at)} UTC";

    private string Verified(RollbackState acted) => acted.Timeline.LastOrDefault(t => t.Event is RollbackEvent.Verified) is { Event: RollbackEvent.Verified found, At: var at }
        ? $"{Clock(at)} verification: {found.Verdict.Word()} — {Markdown.Text(found.Text)}"
        : "not verified";
}
