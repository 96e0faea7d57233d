using System.Runtime.CompilerServices;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Isolation;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>
/// The guards that have to look at the world: whether the pods are kept as evidence, and what a playbook asks for: what the
/// release says of the database, and what its checks answer. Whatever cannot be told refuses; while the alert is fresh it is asked again first.
/// </summary>
public sealed class ReadingGuards(Catalog catalog, Clusters clusters, Chronicle chronicle, OperatorConfiguration operators, TimeProvider time)
{
    private const string DatabaseChange = "database_change";
    private const string SameAsAtTarget = "same_as_at_target";
    private const string AllZero = "all_zero";
    private const string Isolated = "isolated";

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly OneAnswer _checks = new(catalog, time);

    /// <summary>One result for every guard the playbook asks for, in a fixed order, and one where a workload was isolated; none otherwise.</summary>
    public async Task<IReadOnlyList<GuardResult>> JudgeAsync(
        PlaybookDefinition playbook, ServiceDefinition service, Plan plan, CheckContext context, CancellationToken cancellation)
    {
        var results = await JudgeUndoneAsync(playbook, service, plan, [], context, cancellation);
        if (playbook.Guards.AllZero.Count > 0)
            results.Add(await JudgeAllZeroAsync(playbook.Guards.AllZero, context, cancellation));
        return results;
    }

    /// <summary>The guards that are about what a method changes, takes back and goes back to, and so asked for each of a ladder; none: there are none.</summary>
    /// <param name="left">Releases that earlier methods of the same rollback put back.</param>
    public async Task<List<GuardResult>> JudgeUndoneAsync(
        PlaybookDefinition playbook, ServiceDefinition service, Plan plan, IReadOnlyCollection<string> left, CheckContext context, CancellationToken cancellation)
    {
        var results = new List<GuardResult>();
        await foreach (var isolated in JudgeIsolatedAsync(service, plan, context, cancellation))
            results.Add(isolated);
        if (playbook.Guards.DatabaseChange is { Count: > 0 } allowed)
            results.Add(await JudgeDatabaseChangesAsync(allowed, service, plan, left, context, cancellation));
        if (playbook.Guards.SameAsAtTarget is { Count: > 0 } checks)
            results.Add(await AllAsync(SameAsAtTarget, plan.Suspects, u => u.Service, u => JudgeSameAsAtTargetAsync(checks, u.Service ?? service, u, context, cancellation)));
        return results;
    }

    // Pods that are cut off the network fail their health checks, and so call for their own replacement. Only where the journal
    // knows of an isolation the cluster is asked: elsewhere an undo needs no call more. A person who starts it has looked.
    private async IAsyncEnumerable<GuardResult> JudgeIsolatedAsync(
        ServiceDefinition service, Plan plan, CheckContext context, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (context.Run.Initiator != RunFacts.Alertmanager)
            yield break;
        foreach (var changed in plan.Steps.Where(s => s.ChangesProduction && s.Action != Isolations.Action).Select(s => s.Service ?? service).DistinctBy(s => s.Name))
        {
            if (changed.Workload is { } declared && ServiceWorkload.Of(changed) is { } workload && Isolations.Of(chronicle.Book, declared.Address, context.RollbackId) is { } isolation)
                yield return await JudgeIsolatedAsync(changed, workload, isolation, context, cancellation);
        }
    }

    private async Task<GuardResult> JudgeIsolatedAsync(ServiceDefinition service, WorkloadRef workload, Isolation isolation, CheckContext context, CancellationToken cancellation)
    {
        try
        {
            var policies = await clusters.Of(service).ListAsync(ResourceKind.NetworkPolicy, workload.Namespace, IsolationPolicy.LabelSelector(workload), cancellation);
            return policies.Any(p => !p.BeingDeleted)
                ? GuardResult.Refuse(Isolated, Reason.Isolated,
                    $"{workload} is isolated by {isolation.By} ({isolation.Playbook}) since {isolation.At:yyyy-MM-dd HH:mm} UTC: its pods are evidence; lift the isolation, or start it by hand")
                : GuardResult.Pass(Isolated, $"{workload} is isolated no more");
        }
        catch (KubernetesException fault)
        {
            return CannotTell(Isolated, context, $"{workload} was isolated by {isolation.By}, and whether it still is cannot be read: {fault.Message}");
        }
    }

    // A flag takes no code back, whatever the release did to the database; what a command does, nobody here can know. What an
    // earlier method put back is no release to be taken back, unless it is said how far back it goes.
    private Task<GuardResult> JudgeDatabaseChangesAsync(
        IReadOnlyList<string> allowed, ServiceDefinition service, Plan plan, IReadOnlyCollection<string> left, CheckContext context, CancellationToken cancellation)
    {
        var judged = plan.Suspects.Where(s => TargetNumber(s) is not null || s.SuspectIs is null || !left.Contains(s.SuspectIs))
            .Concat(plan.Steps.Where(s => !s.HasSuspect && catalog.Action(s.Action).IsOpaque)).DistinctBy(s => (s.Service, TargetNumber(s)));
        return AllAsync(DatabaseChange, judged, s => s.Service, s => JudgeDatabaseChangeAsync(allowed, s.Service ?? service, TargetNumber(s), context, cancellation));
    }

    /// <summary>The first refusal, else what is said of all; of several services, each is named.</summary>
    private static async Task<GuardResult> AllAsync<T>(string guard, IEnumerable<T> all, Func<T, ServiceDefinition?> service, Func<T, Task<GuardResult>> judge)
    {
        var passed = new List<string>();
        foreach (var one in all)
        {
            var result = await judge(one);
            result = result with { Text = ServiceDefinition.Named(service(one), result.Text) };
            if (!result.Passed)
                return result;
            passed.Add(result.Text);
        }

        return GuardResult.Pass(guard, passed.Count == 0 ? "nothing is undone" : string.Join(", ", passed));
    }

    /// <param name="target">Number of the revision that is gone back to; null: not known, so that the running release speaks alone.</param>
    private async Task<GuardResult> JudgeDatabaseChangeAsync(
        IReadOnlyList<string> allowed, ServiceDefinition service, long? target, CheckContext context, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(service) is not { } workload)
            return GuardResult.Refuse(DatabaseChange, Reason.DatabaseChangeUnknown, $"service {service.Name} has no workload that could say what its release changed in the database");
        try
        {
            if (await new WorkloadReader(clusters.Of(service)).ReadAsync(workload, cancellation) is not { } read)
                return GuardResult.Refuse(DatabaseChange, Reason.NotFound, $"{workload} does not exist");
            var running = JudgeDatabaseChange(allowed, $"{workload}", "the release", ReleaseNotes.DatabaseChange(read.Live));
            return read.JumpedOver(target ?? long.MaxValue).Select(r => JudgeDatabaseChange(allowed, $"{r}, which is jumped over,", $"{r}, which is jumped over,", r.DatabaseChange))
                .Prepend(running).FirstOrDefault(g => !g.Passed) ?? running;
        }
        catch (KubernetesException fault)
        {
            return CannotTell(DatabaseChange, context, $"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    private static GuardResult JudgeDatabaseChange(IReadOnlyList<string> allowed, string speaker, string release, string? said) => said switch
    {
        null => GuardResult.Refuse(DatabaseChange, Reason.DatabaseChangeUnknown,
            $"{speaker} does not say what its release changed in the database ({Marks.DatabaseChange}: {string.Join(", ", ReleaseNotes.DatabaseChanges)})"),
        _ when allowed.Contains(said) => GuardResult.Pass(DatabaseChange, said),
        _ => GuardResult.Refuse(DatabaseChange, Reason.DatabaseChange, $"{release} changed the database: {said}; allowed here: {string.Join(", ", allowed)}"),
    };

    private async Task<GuardResult> JudgeSameAsAtTargetAsync(
        IReadOnlyList<CheckDefinition> checks, ServiceDefinition service, PlannedStep undo, CheckContext context, CancellationToken cancellation)
    {
        if (TargetOf(undo) is not var (uid, digest))
            return GuardResult.Refuse(SameAsAtTarget, Reason.CannotTell, $"{undo.Action} says of no revision what it goes back to");
        var recorded = chronicle.Book.Knowledge(uid).MeasuredAt(digest);
        foreach (var check in checks)
        {
            var key = CheckKey.Of(service, check);
            if (recorded?.Answers.FirstOrDefault(a => a.Check == key) is not { } then)
                return GuardResult.Refuse(SameAsAtTarget, Reason.CannotTell, $"what {check.Check} answered while {undo.To} ran was not recorded");
            var now = await _checks.AskAsync(check, context with { Service = service }, cancellation);
            if (!OneAnswer.IsMeasured(now))
                return CannotTell(SameAsAtTarget, context, NoAnswer(check, now));
            if (!then.Measured.SequenceEqual(Texts(now)))
                return GuardResult.Refuse(SameAsAtTarget, Reason.ChangedSinceTarget,
                    $"{now[0].What}: {Shown(Texts(now))} now, {Shown(then.Measured)} while {undo.To} ran");
        }

        return GuardResult.Pass(SameAsAtTarget, $"the same as while {undo.To} ran");
    }

    private async Task<GuardResult> JudgeAllZeroAsync(IReadOnlyList<CheckDefinition> checks, CheckContext context, CancellationToken cancellation)
    {
        foreach (var check in checks)
        {
            var answers = await _checks.AskAsync(check, context, cancellation);
            if (!OneAnswer.IsMeasured(answers))
                return CannotTell(AllZero, context, NoAnswer(check, answers));
            if (answers.FirstOrDefault(a => !Zeros.Only(a.Measured)) is { } other)
                return GuardResult.Refuse(AllZero, Reason.NotZero, $"{other.What}: {other.Measured}, expected nothing but 0");
        }

        return GuardResult.Pass(AllZero, "every number is 0");
    }

    // The same texts as the observer records.
    internal static IReadOnlyList<string> Texts(IReadOnlyList<CheckResult> answers) => [.. answers.Select(a => a.Measured)];

    private static string Shown(IReadOnlyList<string> measured) => string.Join(", ", measured);

    private static string NoAnswer(CheckDefinition check, IReadOnlyList<CheckResult> answers) =>
        answers.FirstOrDefault(a => a.Verdict == Verdict.Inconclusive) is { } unknown ? $"{unknown.What}: {unknown.Measured}" : $"{check.Check}: no answer";

    private static long? TargetNumber(PlannedStep undo) =>
        undo.Pin["target"] is System.Text.Json.Nodes.JsonObject target && long.TryParse(target["number"]?.ToString(), out var number) ? number : null;

    // An undo's pin; other actions go back by records of their own.
    private static (string Uid, string Digest)? TargetOf(PlannedStep undo) =>
        undo.Pin["uid"]?.ToString() is { } uid && undo.Pin["target"] is System.Text.Json.Nodes.JsonObject target && target["digest"]?.ToString() is { } digest
            ? (uid, digest)
            : null;

    private GuardResult CannotTell(string guard, CheckContext context, string text) => context.Now - (context.LookingSince ?? context.Run.Started) < operators.Safety.StaleAfter
        ? GuardResult.Park(guard, Reason.CannotTell, text, context.Now + AskAgain)
        : GuardResult.Refuse(guard, Reason.CannotTell, text);
}
