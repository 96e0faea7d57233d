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
    /// <summary>The first method from <paramref name="first"/> on that exists here.</summary>
    public async Task<Planning> PlanAsync(RollbackState rollback, int first, CancellationToken cancellation)
    {
        Planning? refused = null;
        for (var method = first; method < rollback.Playbook.Methods.Count; method++)
        {
            var planning = await PlanMethodAsync(rollback, method, cancellation);
            if (planning is not Planning.Refused { NotHere: true })
                return planning;
            refused ??= planning;
        }

        return refused ?? new Planning.Refused(Reason.NotFound, "the playbook has no method that exists here", NotHere: true);
    }

    private async Task<Planning> PlanMethodAsync(RollbackState rollback, int method, CancellationToken cancellation)
    {
        var definition = rollback.Playbook.Methods[method];
        var steps = new List<PlannedStep>();
        foreach (var (step, index) in definition.Steps.Select((s, i) => (s, i)))
        {
            var key = $"{definition.Name}/{index}";
            var action = catalog.Action(step.Action);
            var context = new StepContext(rollback.Id, key, rollback.Service, 1, time.GetUtcNow() + definition.Within, new ReadOnlyStepJournal());
            switch (await action.PinAsync(context, step.Parameters, cancellation))
            {
                case PinOutcome.Pinned pinned:
                    steps.Add(PlannedStep.Of(key, action, pinned));
                    break;
                case PinOutcome.Refused refused:
                    return new Planning.Refused(refused.Reason, refused.Text, refused.Reason == Reason.NotFound);
                case PinOutcome.CannotTell unknown:
                    return new Planning.CannotTell(unknown.Text);
            }
        }

        return new Planning.Planned(Plan.Of(method, definition.Name, steps));
    }
}
