using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Scales;

namespace AlertRollback.Playbooks.Actions;

/// <summary>What is written along the course of one workload, and what has to be read before it (S7).</summary>
internal sealed class ScaleWrites(Clusters clusters, TimeProvider time)
{
    public Scaling Scaling(StepContext context) => new(clusters.Of(context.Service), time);

    /// <summary>Brings one workload to one of its stops. Passed: it is at a later stop already, after a crash.</summary>
    public async Task<(StepOutcome Outcome, bool Passed)> LegAsync(StepContext context, ScaleCourse course, int stop, CancellationToken cancellation)
    {
        try
        {
            if (course.Stops.Count > 1 && await clusters.Of(context.Service).GetAsync(course.Workload.Object, cancellation) is { } live && live.Uid == course.Whole.Uid)
            {
                if (course.StopOf(context, live) is var reached && reached > stop)
                    return (new StepOutcome.Done(Reason.AlreadyAtTarget, "passed already"), true);
                if (reached < 0 && course.WasBegun(context, live) && !course.MayGoOn(context, stop, live))
                    return (course.AfterAutoscaler(stop, live) ?? new StepOutcome.Superseded($"{course.Workload} was scaled by us, and again by somebody else since"), false);
            }
        }
        catch (KubernetesException fault)
        {
            return (new StepOutcome.CannotTell(Reason.ApiError, fault.Message), false);
        }

        StepOutcome? resumed = null;
        return (context.Journal.MayWrite() ?? await WriteAsync(), false);

        async Task<StepOutcome> WriteAsync()
        {
            var outcome = await Scaling(context).ApplyAsync(course.Leg(stop), course.Mark(context, stop), cancellation, MayWriteAsync);
            return resumed ?? Read(outcome);
        }

        async Task<bool> MayWriteAsync() =>
            (resumed = await SuspendedOwner.ObstacleAsync(clusters.Of(context.Service), course.Whole.Owner, course.Workload.Object, cancellation)) is null;
    }

    /// <summary>Puts one workload back, from whichever stop it reached.</summary>
    public async Task<(StepOutcome Outcome, bool IsAutoscaled)> BackAsync(StepContext context, ScaleCourse course, CancellationToken cancellation)
    {
        try
        {
            var (pin, mark) = course.Back(context, course.Stops.Count == 1 ? null : await clusters.Of(context.Service).GetAsync(course.Workload.Object, cancellation));
            var outcome = await Scaling(context).RestoreAsync(pin, mark, cancellation);
            return (Read(outcome), outcome is ScaleOutcome.LeftToAutoscaler);
        }
        catch (KubernetesException fault)
        {
            return (new StepOutcome.CannotTell(Reason.ApiError, fault.Message), false);
        }
    }

    private static StepOutcome Read(ScaleOutcome outcome) => outcome switch
    {
        ScaleOutcome.Applied applied => new StepOutcome.Done(Reason.Applied, $"{applied.Replicas} replicas"),
        ScaleOutcome.AlreadyThere there => new StepOutcome.Done(Reason.AlreadyAtTarget, $"{there.Replicas} replicas already"),
        ScaleOutcome.LeftToAutoscaler left => new StepOutcome.Done(Reason.AlreadyAtTarget, left.Text),
        ScaleOutcome.Superseded superseded => new StepOutcome.Superseded(superseded.Text),
        ScaleOutcome.Refused refused => new StepOutcome.CannotTell(refused.Refusal.Word(), $"nothing was changed: {refused.Text}"),
        ScaleOutcome.NotDone blocked => new StepOutcome.CannotTell(Reason.ApiError, blocked.Text),
        ScaleOutcome.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Text),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };
}
