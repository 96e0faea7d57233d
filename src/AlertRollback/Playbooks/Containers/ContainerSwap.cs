using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Captures;

namespace AlertRollback.Playbooks.Containers;

/// <summary>
/// Replaces a container by one like it from another image, and puts it back: look, choose the next write, ask whether it may
/// be made, make it, look again.
/// </summary>
internal sealed class ContainerSwap(Engine engine, SwapPin pin, StepContext context, TimeProvider time)
{
    private const string BackMark = "back";
    private const string CreatedMark = "created";
    private const string StoppedMark = "stopped";
    private const string StartedMark = "started";
    private const string ArmedMark = "restart-policy-stays";
    private const int MostMoves = 40;

    // Of the way back, where nobody is served meanwhile.
    private const int MostRejections = 4;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ContainerLog _log = new(engine);
    private readonly string _mark = $"{context.RollbackId}/{context.StepKey}";
    private bool _goesBack;
    private int _rejections;

    /// <exception cref="EngineException">The engine cannot be asked, or does not say what became of a write.</exception>
    public async Task<StepOutcome> ReplaceAsync(CancellationToken cancellation)
    {
        for (var moves = 0; moves < MostMoves; moves++)
        {
            if (context.Journal.Marks.TryGetValue(BackMark, out var back))
                return await GoBackAsync(back["why"]!.GetValue<string>(), cancellation);
            var look = await LookAsync(cancellation);
            if (look.Live is { } old && old.Id == pin.Id && old.IsUp == pin.WasUp && (context.Journal.MayWrite() ?? NoTimeLeft()) is { } not)
                return not;
            switch (Moves.Forward(look))
            {
                case SwapMove.Superseded superseded:
                    return new StepOutcome.Superseded(superseded.Text);
                case SwapMove.Watch watch when await WatchAsync(watch.Container, cancellation) is { } ended:
                    return ended;
                case SwapMove.Watch:
                    break;
                case var write when await MakeAsync(write, cancellation) is { } stop:
                    return stop;
            }
        }

        return new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{pin.Name} is being changed by somebody else at the same time");
    }

    /// <summary>Puts back the container that ran before, as long as the one under its name is still ours (S7).</summary>
    /// <exception cref="EngineException">As above.</exception>
    public async Task<StepOutcome> PutBackAsync(CancellationToken cancellation)
    {
        _goesBack = true;
        for (var moves = 0; moves < MostMoves; moves++)
        {
            switch (Moves.Back(await LookAsync(cancellation)))
            {
                case SwapMove.Superseded superseded:
                    return new StepOutcome.Superseded(superseded.Text);
                case SwapMove.IsBack:
                    return new StepOutcome.Done(Reason.Applied, $"{pin.Name} is the container it was before, with {pin.Origin}");
                case var write when await MakeAsync(write, cancellation) is { } stop:
                    return stop;
            }
        }

        return new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{pin.Name} is being changed by somebody else at the same time");
    }

    /// <summary>What is there when the step ends on its way, for people; null: what was there before, and nothing else.</summary>
    public async Task<string?> LeftAsync(CancellationToken cancellation)
    {
        try
        {
            var look = await LookAsync(cancellation);
            if (look is { Live: { } still, Kept: null, Next: null } && still.Id == pin.Id && still.IsUp == pin.WasUp)
                return null;
            var others = new[] { (Name: pin.Kept, Is: look.Kept), (Name: pin.Next, Is: look.Next) }.Where(o => o.Is is not null);
            return string.Join("; ", others.Select(o => Condition(o.Name, o.Is!)).Prepend(look.Live is { } live ? Condition(pin.Name, live) : $"there is no container {pin.Name}"));
        }
        catch (EngineException)
        {
            return context.Journal.Marks.ContainsKey(StartedMark) ? $"{pin.Name} was started with {pin.Target}, and what is there now is not known"
                : context.Journal.Marks.ContainsKey(StoppedMark) ? $"{pin.Name} was stopped, and what is there now is not known"
                : "what is there now is not known";
        }
    }

    private static string Condition(string name, ContainerState container) => $"{name}: {container.Image}, {container.Condition}";

    private SwapMoves Moves => new(pin, _mark, !context.Journal.Marks.ContainsKey(ArmedMark));

    private async Task<SwapLook> LookAsync(CancellationToken cancellation) => new(
        await engine.ContainerAsync(pin.Name, cancellation), await engine.ContainerAsync(pin.Kept, cancellation), await engine.ContainerAsync(pin.Next, cancellation));

    private async Task<StepOutcome> GoBackAsync(string why, CancellationToken cancellation)
    {
        var outcome = await PutBackAsync(cancellation);
        return outcome is StepOutcome.Done
            ? new StepOutcome.Failed(Reason.RolloutFailed, $"{why}; {outcome.Text} again")
            : outcome;
    }

    // What comes next stops the old one: not for a new one that could not even run for as long as it has to.
    private StepOutcome? NoTimeLeft()
    {
        if (time.GetUtcNow() + pin.RunsFor < context.Deadline)
            return null;
        const string text = "nothing was stopped: no time is left for a new one";
        return context.Attempt > 1 ? new StepOutcome.CannotTell(Reason.TimedOut, text) : new StepOutcome.Failed(Reason.TimedOut, text);
    }

    /// <summary>Makes one write; what stops the step, or null to look again.</summary>
    private async Task<StepOutcome?> MakeAsync(SwapMove move, CancellationToken cancellation)
    {
        if (move is SwapMove.Stop { Container: var old } && old.Id == pin.Id)
            await KeepLogAsync(old, cancellation);
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        try
        {
            await WriteAsync(move, cancellation);
            return null;
        }
        catch (EngineException fault) when (fault.Fault is EngineFault.Rejected or EngineFault.NotFound)
        {
            return await RejectedAsync(move, fault, cancellation);
        }
    }

    private async Task WriteAsync(SwapMove move, CancellationToken cancellation)
    {
        switch (move)
        {
            case SwapMove.Create create:
                await CreateAsync(create.Like, cancellation);
                break;
            case SwapMove.Connect connect:
                await engine.ConnectAsync(connect.Network, connect.To.Id, ContainerCopy.Endpoint(connect.Like, connect.Network), cancellation);
                break;
            case SwapMove.Stop halt:
                await engine.StopAsync(halt.Container, cancellation);
                if (halt.Container.Id == pin.Id && !context.Journal.Marks.ContainsKey(StoppedMark))
                    await context.Journal.MarkAsync(StoppedMark, [], $"{pin.Name}: the one with {pin.Origin} is stopped", cancellation);
                break;
            case SwapMove.Rename rename:
                await engine.RenameAsync(rename.Container.Id, rename.To, cancellation);
                break;
            case SwapMove.Start start:
                await engine.StartAsync(start.Container.Id, cancellation);
                if (start.Container.Id != pin.Id)
                    await context.Journal.MarkAsync(StartedMark, new JsonObject { ["at"] = time.GetUtcNow().ToString("O") }, $"{pin.Name}: started with {pin.Target}", cancellation);
                break;
            case SwapMove.SetRestartPolicy policy:
                await engine.SetRestartPolicyAsync(policy.Container.Id, policy.Policy, cancellation);
                break;
            case SwapMove.Remove remove:
                await engine.RemoveAsync(remove.Container.Id, cancellation);
                break;
        }
    }

    private async Task CreateAsync(ContainerState like, CancellationToken cancellation)
    {
        var own = await engine.ImageAsync(like.ImageId, cancellation) ?? [];
        var labels = new Dictionary<string, string> { [ContainerState.MadeBy] = _mark, [ContainerState.ImageLabel] = pin.Target.Reference, [ContainerState.Replaced] = pin.Id };
        await engine.CreateAsync(pin.Next, ContainerCopy.Of(like, own, pin.Target.Id, labels), cancellation);
        if (!context.Journal.Marks.ContainsKey(CreatedMark))
            await context.Journal.PrepareAsync(CreatedMark, [], $"{pin.Name}: a container like it was created from {pin.Target}; nothing was stopped yet", cancellation);
    }

    /// <summary>What the engine's no to a write means: for the new container the way back, for the old one people.</summary>
    private async Task<StepOutcome?> RejectedAsync(SwapMove move, EngineException fault, CancellationToken cancellation)
    {
        switch (move)
        {
            case SwapMove.SetRestartPolicy:
                await context.Journal.MarkAsync(ArmedMark, [], $"the engine does not change restart policies: {fault.Message}", cancellation);
                return null;
            case SwapMove.Create:
                // Podman and Docker say differently that the name is taken: by our own container, of an answer that was lost.
                if (await engine.ContainerAsync(pin.Next, cancellation) is { } there && Moves.IsOurs(there))
                    return null;
                return new StepOutcome.Failed(Reason.RejectedByService, $"the engine creates no container like {pin.Name} from {pin.Target}: {fault.Message}; nothing was stopped");
            case not SwapMove.SetRestartPolicy when _goesBack && _rejections++ < MostRejections:
                // The engine may have started the one that does not stay up again, which then runs and holds the port.
                await Task.Delay(LookAgain, time, cancellation);
                return null;
            case SwapMove.Start { Container: var started } when started.Id == pin.Id:
                return new StepOutcome.CannotTell(Reason.NotPutBack, $"{pin.Name} does not start any more, neither with {pin.Target} nor as it was before: {fault.Message}");
            case not SwapMove.Remove when !_goesBack:
                await MarkBackAsync(move is SwapMove.Start ? $"{pin.Name} does not start with {pin.Target}: {fault.Message}" : $"{pin.Name} could not be replaced: {fault.Message}", cancellation);
                return null;
            default:
                return new StepOutcome.CannotTell(Reason.ApiError, $"{pin.Name}: {fault.Message}");
        }
    }

    private async Task<StepOutcome?> WatchAsync(ContainerState container, CancellationToken cancellation)
    {
        if (!context.Journal.Marks.TryGetValue(StartedMark, out var mark))
        {
            await context.Journal.MarkAsync(StartedMark, new JsonObject { ["at"] = time.GetUtcNow().ToString("O") }, "", cancellation);
            mark = context.Journal.Marks[StartedMark];
        }

        var since = DateTimeOffset.Parse(mark["at"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        var now = time.GetUtcNow();
        if (!container.Runs || container.Restarts > 0 || container.Health == "unhealthy")
        {
            await MarkBackAsync($"{pin.Name} with {pin.Target} does not stay up ({container.Condition}){await _log.LastLineAsync(container, cancellation)}", cancellation);
            return null;
        }

        if (now - since >= pin.RunsFor && container.Health is null or "healthy")
            return new StepOutcome.Done(Reason.Applied, Text(container));
        if (now + LookAgain >= context.Deadline)
        {
            await MarkBackAsync($"{pin.Name} with {pin.Target} was not healthy in time ({container.Condition}){await _log.LastLineAsync(container, cancellation)}", cancellation);
            return null;
        }

        await context.Journal.ProgressAsync(80, $"{pin.Name} with {pin.Target}: {container.Condition}", cancellation);
        await Task.Delay(LookAgain, time, cancellation);
        return null;
    }

    private string Text(ContainerState container) =>
        $"{pin.Name} runs {pin.Target}: {container.Condition}. The container before it is kept, stopped, as {pin.Kept}"
        + (context.Journal.Marks.ContainsKey(ArmedMark) ? ", and would be started with the engine: its restart policy is always and could not be changed" : "");

    private Task MarkBackAsync(string why, CancellationToken cancellation) =>
        context.Journal.MarkAsync(BackMark, new JsonObject { ["why"] = why }, $"{why}; the container before it is put back", cancellation);

    // What the release said last; it is kept with the container, too, but only here until somebody removes that (S18).
    private async Task KeepLogAsync(ContainerState container, CancellationToken cancellation)
    {
        if (context.Journal.Marks.ContainsKey(KeptEvidence.MarkName))
            return;
        await context.Journal.PrepareAsync(KeptEvidence.MarkName, new JsonObject { ["log"] = await _log.EndAsync(container, cancellation) }, "", cancellation);
    }
}
