using AlertRollback.Announcements.Wording;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>
/// What customers are told of a rollback: what they notice and what they may expect, in plain language. Nothing of it
/// comes from an alert, and no name of ours but the component's.
/// </summary>
internal sealed record StatuspageStory(IncidentStatus Status, string Name, string Body)
{
    /// <param name="othersAreOpen">Whether another incident is open on the component: then it is not said of the component that all is well.</param>
    public static StatuspageStory Of(StatuspageCourse course, bool othersAreOpen = false)
    {
        var rollback = course.Last;
        var component = StatuspageText.Plain(rollback.Service.Statuspage!.Component);
        var status = StatusOf(course);
        var unmeasured = rollback.Answers.IsEmpty || rollback.Closed is { Outcome: Outcome.Superseded };
        return new StatuspageStory(status, $"Problems with {component}", (status, UndoesChange: UndoesChange(rollback)) switch
        {
            (IncidentStatus.Identified, true) => $"You may see errors or slow answers in {component}. A recent change is the likely cause, and we are undoing it now.",
            (IncidentStatus.Identified, false) => $"You may see errors or slow answers in {component}. We are working on it now.",
            (IncidentStatus.Monitoring, true) => $"We have undone a recent change to {component} and are watching whether it works well again.",
            (IncidentStatus.Monitoring, false) => $"We have taken action and are watching whether {component} works well again.",
            (IncidentStatus.Resolved, _) when othersAreOpen && unmeasured => $"We have seen no more of this problem with {component} since we took action, but another one is not over yet.",
            (IncidentStatus.Resolved, _) when othersAreOpen => $"This problem with {component} is solved, but another one is not over yet.",
            (IncidentStatus.Resolved, _) when unmeasured => $"We have seen no more problems with {component} since we took action.",
            (IncidentStatus.Resolved, _) when Achieved.By(rollback).Watched => $"{component} works again and has been stable since.",
            (IncidentStatus.Resolved, _) => $"{component} works again.",
            _ => $"The problem with {component} is not solved yet. Our team is working on it.",
        });
    }

    /// <summary>How bad the component is while the incident lasts.</summary>
    public static ComponentStatus Outage(RollbackState rollback) =>
        rollback.Severity.MajorOutage ?? Severities(rollback).Contains("critical", StringComparer.OrdinalIgnoreCase) ? ComponentStatus.MajorOutage : ComponentStatus.PartialOutage;

    // A start by hand has no severity; the alerts that joined it have theirs.
    private static IEnumerable<string> Severities(RollbackState rollback) => rollback.Manual is null
        ? [rollback.Severity.Name]
        : rollback.Causes.Select(c => c.Labels.TryGetValue("severity", out var severity) ? severity : "");

    /// <summary>Whether nothing that comes by itself closes the incident any more.</summary>
    public static bool IsForPeople(StatuspageCourse course) =>
        course.Last.Closed is not null && StatusOf(course) == IncidentStatus.Investigating && (course.IsIneffective || !WasGoodUntilNext(course.Last));

    /// <summary>Whether customers would be told that it is over, or that it is only watched any more.</summary>
    public static bool GoesWell(StatuspageCourse course) => StatusOf(course) is IncidentStatus.Monitoring or IncidentStatus.Resolved;

    // It was measured to be good, and what was deployed since is usually the fix; not where it is what was undone.
    private static bool WasGoodUntilNext(RollbackState rollback) =>
        rollback is { StabilisingSince: not null, Closed: { Outcome: Outcome.Superseded, Reason: not Reason.DeployedAgain } };

    // A step whose condition did not hold has undone nothing, and a way that did not help is not called the cure.
    private static bool UndoesChange(RollbackState rollback) =>
        !rollback.MethodHasFailed && (rollback.CurrentPlan?.Suspects.Any(s => rollback.Steps.GetValueOrDefault(s.Key)?.Ended is null or { Result: StepResult.Done }) ?? false);

    // Closed as good while the alert still fires: only the end of the hold tells whether it helped (S11).
    private static IncidentStatus StatusOf(StatuspageCourse course) => course.Last switch
    {
        _ when course.IsIneffective => IncidentStatus.Investigating,
        { Closed.Outcome: Outcome.RolledBack } => course.StillFires ? IncidentStatus.Monitoring : course.Last.Anew.IsEmpty ? IncidentStatus.Resolved : IncidentStatus.Investigating,
        var ended when WasGoodUntilNext(ended) && !course.StillFires => IncidentStatus.Resolved,
        { Closed: not null } => IncidentStatus.Investigating,
        { Phase: Phase.Stabilising } => IncidentStatus.Monitoring,
        { Fallback: not null } or { HasActed: false } => IncidentStatus.Investigating,
        // It did not help, and until somebody answers nothing is done.
        { MethodHasFailed: true } asking when Headline.WaitsForAnswer(asking) => IncidentStatus.Investigating,
        _ => IncidentStatus.Identified,
    };
}
