using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

/// <summary>What came of trying to plan one method.</summary>
public abstract record Planning
{
    public sealed record Planned(Plan Plan) : Planning;

    /// <param name="NotHere">What it would act on does not exist here: the next method may.</param>
    public sealed record Refused(Reason Reason, string Text, bool NotHere) : Planning;

    public sealed record CannotTell(string Text) : Planning;
}

/// <summary>Pins a method's steps, one after the other. Changes nothing.</summary>
public sealed class Planner(Catalog catalog, TimeProvider time)
{
    /// <summary>The first rung of the ladder, from <paramref name="first"/> on, that exists here.</summary>
    public async Task<Planning> PlanAsync(RollbackState rollback, int first, CancellationToken cancellation)
    {
        Planning? refused = null;
        foreach (var method in rollback.Ladder.Where(m => m >= first))
        {
            var planning = await PlanMethodAsync(rollback, method, cancellation);
            if (planning is not Planning.Refused { NotHere: true })
                return planning;
            refused ??= planning;
        }

        return refused ?? new Planning.Refused(Reason.NotFound, "the playbook has no method that exists here", NotHere: true);
    }

    private Task<Planning> PlanMethodAsync(RollbackState rollback, int method, CancellationToken cancellation)
    {
        var definition = rollback.Playbook.Methods[method];
        return PinAllAsync(rollback, method, definition.Name, definition.Within, Wanted(rollback, definition), cancellation);
    }

    /// <summary>One step of <c>on_failure</c>, for each of its services.</summary>
    public Task<Planning> PlanFallbackStepAsync(RollbackState rollback, int index, CancellationToken cancellation) => PinAllAsync(
        rollback, Plan.OnFailure, "on_failure", MethodDefinition.DefaultWithin, ForServices(rollback.Playbook.OnFailure[index], $"on_failure/{index}", 0, meanwhile: false), cancellation);

    private async Task<Planning> PinAllAsync(
        RollbackState rollback, int method, string name, TimeSpan within, IEnumerable<WantedStep> all, CancellationToken cancellation)
    {
        var steps = new List<PlannedStep>();
        foreach (var wanted in all)
        {
            var action = catalog.Action(wanted.Step.Action);
            var service = wanted.Service ?? rollback.Service;
            var context = new StepContext(rollback.Id, wanted.Key, service, 1, time.GetUtcNow() + within, new ReadOnlyStepJournal())
            {
                Run = rollback.Facts,
                IsPutBack = wanted.Meanwhile,
            };
            var before = Before(wanted, []);
            var outcome = await action.PinAsync(context with { Earlier = before }, wanted.Step.Parameters, cancellation);

            // Another service's step of the same stage may write to the same, and comes first then.
            if (outcome is PinOutcome.Pinned { Locks: var locks } && Before(wanted, locks) is var more && more.Count > before.Count)
                outcome = await action.PinAsync(context with { Earlier = more }, wanted.Step.Parameters, cancellation);
            switch (outcome)
            {
                case PinOutcome.Pinned pinned:
                    steps.Add(PlannedStep.Of(wanted.Key, action, wanted.Step.Parameters, pinned) with
                    {
                        Stage = wanted.Stage,
                        Service = wanted.Service,
                        Meanwhile = wanted.Meanwhile,
                        Within = wanted.Step.Within,
                        If = wanted.Step.IfFor(service),
                        Unless = wanted.Step.UnlessFor(service),
                    });
                    break;
                case PinOutcome.Refused refused:
                    return new Planning.Refused(refused.Reason, ServiceDefinition.Named(wanted.Service, refused.Text), refused.Reason is Reason.NotFound or Reason.WorkloadNotDeclared);
                case PinOutcome.CannotTell unknown:
                    return new Planning.CannotTell(ServiceDefinition.Named(wanted.Service, unknown.Text));
            }
        }

        return new Planning.Planned(Plan.Of(method, name, steps));

        IReadOnlyList<EarlierStep> Before(WantedStep wanted, IReadOnlyList<string> locks) =>
            [.. steps.Where(s => s.Stage < wanted.Stage || s.Locks.Intersect(locks).Any()).Select(s => new EarlierStep(s.Action, s.Pin)
            {
                Cluster = Clusters.NameOf(s.Service ?? rollback.Service),
                IsConditional = s.If.Count + s.Unless.Count > 0,
            })];
    }

    /// <summary>What is to be put back comes first; a step for several services is one stage of several steps.</summary>
    private static IEnumerable<WantedStep> Wanted(RollbackState rollback, MethodDefinition method)
    {
        var stage = 0;
        foreach (var (step, index) in rollback.Playbook.Meanwhile.Select((s, i) => (s, i)))
        {
            foreach (var wanted in ForServices(step, $"{method.Name}/meanwhile/{index}", stage++, meanwhile: true))
                yield return wanted;
        }

        foreach (var (step, index) in method.Steps.Select((s, i) => (s, i)))
        {
            foreach (var wanted in ForServices(step, $"{method.Name}/{index}", stage++, meanwhile: false))
                yield return wanted;
        }
    }

    private static IEnumerable<WantedStep> ForServices(StepDefinition step, string key, int stage, bool meanwhile) =>
        step.Uses(key).Select(u => new WantedStep(step, u.Key, stage, u.Service, meanwhile));

    private sealed record WantedStep(StepDefinition Step, string Key, int Stage, ServiceDefinition? Service, bool Meanwhile);
}
