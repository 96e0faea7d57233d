using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Approvals;

/// <summary>A person's yes or no to one plan. Pure.</summary>
/// <param name="Roles">The roles the person has for the rollback's service.</param>
/// <param name="Digest">The plan's digest, or its beginning.</param>
/// <param name="Typed">What they typed to agree.</param>
public sealed record PersonsAnswer(string By, IReadOnlyCollection<string> Roles, bool Yes, string Digest, string? Typed = null, string? Note = null)
{
    private const int ShortestDigest = 8;

    /// <summary>Every open question that this person may answer is answered, but none while what has to be typed is not; who may answer none hears why.</summary>
    public (IReadOnlyList<RollbackEvent> Events, Objection? Objection) To(RollbackState rollback)
    {
        if (ObjectionToPlan(rollback) is { } overtaken)
            return ([], overtaken);
        var open = rollback.Approvals.Where(a => a.IsOpenIn(rollback)).ToList();
        var answerable = open.Where(a => ObjectionTo(rollback, a.Request) is null).ToList();

        // A question beside it that needs nothing typed must not hide that the text was wrong. Of two that ask for different
        // texts, one is answered at a time.
        if (answerable.All(a => a.Request.Answer is null) && open.Select(a => ObjectionTo(rollback, a.Request)).FirstOrDefault(o => o?.Kind == ObjectionKind.Unfit) is { } unfit)
            return ([], unfit);
        if (answerable.Count > 0 || (!WasInVain(rollback) && rollback.Approvals.Any(WasThis)))
            return ([.. answerable.Select(a => Event(a.Request))], null);
        return ([], open.Select(a => ObjectionTo(rollback, a.Request)).LastOrDefault() ?? NothingAsked(rollback));
    }

    private Objection? ObjectionToPlan(RollbackState rollback)
    {
        if (Digest.Length < ShortestDigest)
            return Objection.Unfit($"an answer is bound to one plan: give at least the first {ShortestDigest} characters of its digest");
        if (rollback.CurrentPlan is not { } now || now.Digest.StartsWith(Digest, StringComparison.Ordinal))
            return null;
        var seen = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.PlanMade>().LastOrDefault(p => p.Plan.Digest.StartsWith(Digest, StringComparison.Ordinal));
        var why = seen is null ? "that digest is of no plan of this rollback: look at the plan" : $"the plan is another one by now: {PlanChanges.Text(seen.Plan, now)}. Look at it again";
        return Objection.Overtaken($"{why}; its digest begins with {now.Digest[..12]}");
    }

    private Objection? ObjectionTo(RollbackState rollback, RollbackEvent.ApprovalRequested request)
    {
        if (!Roles.Contains(request.Role))
            return Objection.NotEntitled($"only people of the role {request.Role} may answer, and {By} has it not for {rollback.Service.Name}");
        if (!Yes)
            return null;
        if (request.ByAnother && rollback.Manual?.By == By)
            return Objection.NotEntitled("whoever started it must not agree to it as well");
        return request.Answer is { } answer && !string.Equals(answer, Typed?.Trim(), StringComparison.Ordinal)
            ? Objection.Unfit($"{(string.IsNullOrWhiteSpace(Typed) ? "" : "that was not it: ")}to agree, type {Texts.Clip(answer, 120)}")
            : null;
    }

    // The same answer sent once more is no fault.
    private bool WasThis(ApprovalState asked) =>
        asked.Request.Digest.StartsWith(Digest, StringComparison.Ordinal) && (Yes ? asked.Given?.By : asked.Rejected?.By) == By;

    // Who agrees to what was refused since must not take it for done.
    private bool WasInVain(RollbackState rollback) => Yes && rollback is { IsOpen: false, HasActed: false };

    private RollbackEvent Event(RollbackEvent.ApprovalRequested request) => Yes
        ? new RollbackEvent.ApprovalGiven(request.Digest, request.Ask, By, Note)
        : new RollbackEvent.ApprovalRejected(request.Digest, request.Ask, By, Note);

    private static Objection NothingAsked(RollbackState rollback) => Objection.Overtaken(rollback switch
    {
        { Closed: { } closed } => $"nothing is asked any more, it is closed ({closed.Reason.Word()}): {closed.Text}",
        { Parking: { } parking } => $"nothing is asked now, it waits ({parking.Reason.Word()}): {parking.Text}",
        _ when rollback.Approvals.LastOrDefault() is { Given: { } given } => $"nothing is asked any more: {given.By} said yes",
        _ => "nothing is asked about this rollback now",
    });
}
