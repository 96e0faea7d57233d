using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>
/// The guards that need nothing but the book: kill switch, shadow, declared workload, episode, hold, cooldown, freeze,
/// limit, in the order of S8. Pure; asked before planning, again before the first write, and again while parked.
/// </summary>
/// <param name="onlyPlans">Whether the matrix in use lets a team only plan.</param>
/// <param name="services">What the matrix in use declares; null: nothing.</param>
public sealed class PureGuards(OperatorConfiguration operators, Func<string, bool> onlyPlans, Func<IEnumerable<ServiceDefinition>>? services = null)
{
    /// <summary>Asked of every plan.</summary>
    public ReachedServices Reached { get; } = new(services ?? (() => []));

    public IReadOnlyList<GuardResult> Judge(RollbackState rollback, Book book, DateTimeOffset now) =>
    [
        KillSwitch(book),
        ShadowMode(rollback),
        DeclaredWorkload(rollback),
        Episode(rollback, book, now),
        Hold(rollback, book, now),
        Cooldown(rollback, book, now),
        Freeze(rollback, book, now),
        Limit(rollback, book, now),
    ];

    /// <summary>The first refusal, which is the reason; null when all passed.</summary>
    public GuardResult? Refusal(RollbackState rollback, Book book, DateTimeOffset now) =>
        Judge(rollback, book, now).FirstOrDefault(g => !g.Passed);

    /// <summary>Whether one more target would be more than the breaker allows.</summary>
    public bool WouldTripBreaker(RollbackState rollback, Book book, DateTimeOffset now)
    {
        var since = Later(now - operators.Safety.BreakerWithin, book.Global.BreakerResetAt);
        var targets = book.Rollbacks.Values
            .Where(r => r.StartedAt >= since && !r.ChangesNothing && r.Target != rollback.Target)
            .Select(r => r.Target)
            .Distinct()
            .Count();
        return targets >= operators.Safety.BreakerTargets;
    }

    private static GuardResult KillSwitch(Book book) => book.Global is { KillSwitchIsOn: true, KillSwitch: { } kill }
        ? GuardResult.Park("kill_switch", Reason.KillSwitch, $"the kill switch is on, set by {kill.By}: {kill.Why}", null)
        : GuardResult.Pass("kill_switch", "off");

    // Shadow mode does not refuse: everything is planned and nothing is changed. But what began before it was switched on, and
    // is decided anew by no matrix, as a person started it or it took over, would not keep to it.
    private GuardResult ShadowMode(RollbackState rollback) => rollback.Shadow
        ? GuardResult.Pass("shadow", "shadow: planned only, nothing will be changed")
        : operators.Shadow || operators.Teams.GetValueOrDefault(rollback.Service.Team) is { Shadow: true } || (rollback is not { Manual: null, After: null } && onlyPlans(rollback.Row.Team))
            ? GuardResult.Refuse("shadow", Reason.Shadow, "shadow mode was switched on before anything was changed")
            : GuardResult.Pass("shadow", "live");

    private GuardResult DeclaredWorkload(RollbackState rollback)
    {
        // Without one, whatever a step reaches for is declared and granted to the team by name; the step says so when it is not.
        var declared = ServicesOf(rollback).Where(s => s.Workload is not null).ToList();
        if (declared.Count == 0)
            return GuardResult.Pass("declared_workload", $"service {rollback.Service.Name} has no workload of a cluster");
        return declared.Find(s => !IsGranted(s.Team, s.Workload!)) is { } other
            ? GuardResult.Refuse("declared_workload", Reason.NotGranted, Named(rollback, other, $"namespace {other.Workload!.GrantedNamespace} is not granted to team {other.Team}"))
            : GuardResult.Pass("declared_workload", string.Join(", ", declared.Select(s => s.Workload!.Address).Distinct()));
    }

    private bool IsGranted(string team, WorkloadDefinition workload) =>
        operators.Teams.TryGetValue(team, out var grants) && grants.Namespaces.Contains(workload.GrantedNamespace);

    /// <summary>Every service that the playbook changes, or may come to change, the rollback's own first.</summary>
    private static IEnumerable<ServiceDefinition> ServicesOf(RollbackState rollback) => rollback.Ladder
        .SelectMany(m => rollback.Playbook.Methods[m].Steps).Concat(rollback.Playbook.Meanwhile).Concat(rollback.Playbook.OnFailure)
        .SelectMany(s => s.Services).Prepend(rollback.Service).DistinctBy(s => s.Name);

    private static string Named(RollbackState rollback, ServiceDefinition service, string text) =>
        ServiceDefinition.Named(service.Name == rollback.Service.Name ? null : service, text);

    private static GuardResult Episode(RollbackState rollback, Book book, DateTimeOffset now)
    {
        // What is only planned is in nobody's way, and nobody in its.
        if (rollback.Shadow)
            return GuardResult.Pass("episode", "planned only: it waits for no other run");
        if (rollback.ChangesNothing)
            return GuardResult.Pass("episode", "changes nothing in production: it waits for no other run");
        var other = book.Open.FirstOrDefault(r =>
            r.Id != rollback.Id && r.Target == rollback.Target && r is { Shadow: false, ChangesNothing: false } && !rollback.CutsShort(r) && (r.HasActed || (!HasToWait(r, now) && GoesFirst(r, rollback))));
        return other is null
            ? GuardResult.Pass("episode", "no other run on this workload")
            : GuardResult.Park("episode", Reason.RunUnderWay, $"rollback {other.Id} ({other.Playbook.Name}) is under way on {rollback.Service.Workload}", null);
    }

    private static bool GoesFirst(RollbackState other, RollbackState rollback) => other.Row.Rank < rollback.Row.Rank
        || (other.Row.Rank == rollback.Row.Rank && other.ProposedAt < rollback.ProposedAt);

    // One that may not begin for a reason of its own, maybe for days, keeps nobody else from it; it is judged again when it may.
    private static bool HasToWait(RollbackState rollback, DateTimeOffset now) =>
        rollback.Parking is { Reason: Reason.Hold or Reason.Cooldown or Reason.Freeze } || !rollback.Row.MayBegin(now);

    private static GuardResult Hold(RollbackState rollback, Book book, DateTimeOffset now)
    {
        // A person who starts it again has looked.
        if (rollback.Manual is not null)
            return GuardResult.Pass("hold", "started by hand");
        var last = Last(rollback, book, r => r.Playbook.Name == rollback.Playbook.Name);
        if (last?.HoldUntil is not { } until)
            return GuardResult.Pass("hold", "never ran here");

        // What began before that has outlasted the hold, also where this run did not wait for it: nobody was there, or another run did.
        var isHeld = now < until || rollback.WasHeld || rollback.FiringCauses.Any(c => c.StartsAt < until);
        return (isHeld, last.Closed) switch
        {
            (false, _) => GuardResult.Pass("hold", $"last write at {Moment.Second(last.LastWriteAt!.Value, now)} UTC"),
            (_, { Outcome: Outcome.Superseded, Reason: var why }) =>
                GuardResult.Refuse("hold", why, OvertakenText(rollback, last, last.Closed.Text)),

            // What began before it may be what the undo is held for, and end by itself.
            _ when Overtaken.Of(last, book) is { } overtaken && rollback.FiringCauses.Any(c => c.StartsAt > overtaken.By) =>
                GuardResult.Refuse("hold", overtaken.Why, OvertakenText(rollback, last, overtaken.Text)),
            _ when now < until => GuardResult.Park("hold", Reason.Hold, $"{last.Id} already ran {rollback.Playbook.Name} here; held until {Moment.Second(until, now)} UTC", until),
            _ => GuardResult.Refuse("hold", Reason.Ineffective, $"still firing after the hold of {last.Id}: a second undo would not help"),
        };
    }

    private static string OvertakenText(RollbackState rollback, RollbackState last, string text) =>
        last is { IsOpen: false, Closed.Outcome: not Outcome.Superseded }
            ? $"{last.Id} ran {rollback.Playbook.Name} here shortly before and is over; since then somebody changed it: {text}. A second undo within the hold is for a person to decide"
            : $"{last.Id} ran {rollback.Playbook.Name} here shortly before, and was overtaken by somebody else's change: {text}";

    private static GuardResult Cooldown(RollbackState rollback, Book book, DateTimeOffset now)
    {
        if (rollback.After is not null)
            return GuardResult.Pass("cooldown", $"goes on after {rollback.After}");
        if (rollback.Playbook.Guards.Cooldown <= TimeSpan.Zero)
            return GuardResult.Pass("cooldown", "not asked for");
        return Last(rollback, book, _ => true)?.LastWriteAt + rollback.Playbook.Guards.Cooldown is { } until && until > now
            ? GuardResult.Park("cooldown", Reason.Cooldown, $"this workload was changed shortly before; cooling down until {Moment.Second(until, now)} UTC", until)
            : GuardResult.Pass("cooldown", "over");
    }

    private static GuardResult Freeze(RollbackState rollback, Book book, DateTimeOffset now)
    {
        var frozen = ServicesOf(rollback).Select(s => (Service: s, Freeze: book.Global.Freezes.GetValueOrDefault(s.Name)))
            .Where(f => f.Freeze?.Until > now).OrderByDescending(f => f.Freeze!.Until).FirstOrDefault();
        return frozen.Freeze is { } freeze
            ? GuardResult.Park("freeze", Reason.Freeze, Named(rollback, frozen.Service, $"frozen by {freeze.By} until {Moment.Minute(freeze.Until!.Value, now)} UTC: {freeze.Why}"), freeze.Until) with { Service = frozen.Service.Name }
            : GuardResult.Pass("freeze", "none");
    }

    /// <summary>Whether it waits for the freeze of this service, and for no other one's.</summary>
    public bool WaitsForFreezeOf(string service, RollbackState rollback, Book book, DateTimeOffset now) =>
        rollback.Parking?.Reason == Reason.Freeze
        && ServicesOf(rollback).Concat(rollback.WantedPlan is { } wanted ? Reached.Of(rollback, wanted) : []).Select(s => s.Name).Distinct()
            .Where(s => book.Global.Freezes.GetValueOrDefault(s)?.Until > now).SequenceEqual([service]);

    private GuardResult Limit(RollbackState rollback, Book book, DateTimeOffset now)
    {
        if (rollback.ChangesNothing)
            return GuardResult.Pass("limit", "changes nothing in production: not counted");
        if (rollback.Shadow)
            return GuardResult.Pass("limit", "planned only: it counts for nothing");
        if (book.Global.Breaker is { } breaker)
            return GuardResult.Park("limit", Reason.Breaker, $"the breaker is open until a person resets it: {breaker.Why}", null);
        if (WouldTripBreaker(rollback, book, now))
            return GuardResult.Park("limit", Reason.Breaker, BreakerText, null);

        // What was started together counts once: it has to go side by side.
        var running = book.Acting
            .Where(r => r.Id != rollback.Id && r.Phase != Phase.Stabilising && (r.Manual?.Group is null || r.Manual.Group != rollback.Manual?.Group))
            .DistinctBy(r => r.Manual?.Group ?? r.Id)
            .Count();
        return running >= operators.Safety.AtOnce
            ? GuardResult.Park("limit", Reason.Limit, $"{running} rollbacks are running already, at most {operators.Safety.AtOnce} at once", null)
            : GuardResult.Pass("limit", $"{running} running");
    }

    public string BreakerText =>
        $"more than {operators.Safety.BreakerTargets} targets within {operators.Safety.BreakerWithin.TotalMinutes:0} minutes: this looks like a platform outage";

    private static RollbackState? Last(RollbackState rollback, Book book, Func<RollbackState, bool> which) =>
        book.Rollbacks.Values
            .Where(r => r.Id != rollback.Id && r is { LastWriteAt: not null, ChangesNothing: false } && r.Target == rollback.Target && which(r))
            .MaxBy(r => r.LastWriteAt);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset? b) => b > a ? b.Value : a;
}
