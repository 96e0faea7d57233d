using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>Goes back to the release before; as careful as the real one.</summary>
internal sealed class SimulatedUndo(Fleet fleet, Process process, TimeProvider time) : IAction
{
    public string Name => "undo";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => true;
    public IReadOnlyList<Parameter> Parameters => [];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var service = context.Service.Name;
        var (live, ledger) = (fleet.Live(service), process.Ledger);
        var target = fleet.Earlier(service).FirstOrDefault(r => !ledger.IsQuarantined(service, r.Version) && !ledger.WasLeftBy(context.RollbackId, service, r.Version));
        var putBack = !ledger.IsQuarantined(service, live.Version) && ledger.WasPutBack(service, live.Version, live.At);
        if (putBack && fleet.IsNew(live.Version))
            fleet.Violated($"{context.RollbackId} takes {live.Version}, which was deployed and never left, for one that was put back");
        return Task.FromResult<PinOutcome>((fleet.CannotBeRead, target) switch
        {
            (true, _) => new PinOutcome.CannotTell("the API is away"),
            (_, null) => new PinOutcome.Refused(Reason.NoCandidate, $"nothing before {live.Version}"),
            _ => new PinOutcome.Pinned(
                new JsonObject { ["from"] = live.Version, ["to"] = target.Version }, live.Version, target.Version, [], [], [Fleet.Target(service)])
            {
                HasSuspect = true,
                SuspectSince = live.At,
                Suspect = $"{service}/{live.Version}",
                Leaves = $"{service}/{target.Version}",
                WasPutBack = putBack,
            },
        });
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var service = context.Service.Name;
        fleet.Enter(service, context.RollbackId);
        try
        {
            return await UndoAsync(context, service, pin["from"]!.GetValue<string>(), pin["to"]!.GetValue<string>(), cancellation);
        }
        finally
        {
            fleet.Leave(service);
        }
    }

    private async Task<StepOutcome> UndoAsync(StepContext context, string service, string from, string to, CancellationToken cancellation)
    {
        var weather = fleet.Next();
        if (weather == Weather.Slow)
            await Task.Delay(TimeSpan.FromMinutes(4), time, cancellation);
        var (isFrom, isTo) = fleet.Look(service, from, to);
        if (isTo)
        {
            await QuarantineAsync(context, service, from, cancellation);
            return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{to} runs already");
        }

        if (!isFrom)
            return new StepOutcome.Superseded($"{fleet.Live(service).Version} runs by now");
        switch (weather)
        {
            case Weather.Away:
                return new StepOutcome.CannotTell(Reason.ApiError, "the API is away");
            case Weather.Failing:
                return new StepOutcome.Failed(Reason.RejectedByApi, "the API said no");
            case Weather.Throwing:
                throw new InvalidOperationException(Process.Simulated);
        }

        if (time.GetUtcNow() >= context.Deadline)
            return new StepOutcome.Failed(Reason.TimedOut, "its time is over");
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        process.Write(context, () => fleet.Undo(service, to));
        if (weather == Weather.AnswerLost)
            return new StepOutcome.CannotTell(Reason.OutcomeUnknown, "the answer was lost");
        await context.Journal.MarkAsync("patched", [], "", cancellation);
        await QuarantineAsync(context, service, from, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(30), time, cancellation);
        return new StepOutcome.Done(Reason.Applied, $"{to} runs");
    }

    private Task<string?> QuarantineAsync(StepContext context, string service, string version, CancellationToken cancellation) =>
        process.Ledger.QuarantineAsync(service, context.Service.Workload!.Address, version, [Process.Image(version)], context.RollbackId, cancellation);
}

/// <summary>Looks at something, before anything is changed.</summary>
internal sealed class SimulatedLook(Fleet fleet, TimeProvider time) : IAction
{
    public string Name => "look";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => false;
    public IReadOnlyList<Parameter> Parameters => [];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult<PinOutcome>(fleet.CannotBeRead ? new PinOutcome.CannotTell("the API is away") : new PinOutcome.Pinned([], "", "", [], [], []));

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        switch (fleet.Next())
        {
            case Weather.Slow:
                await Task.Delay(TimeSpan.FromMinutes(4), time, cancellation);
                break;
            case Weather.Failing or Weather.Away:
                return new StepOutcome.CannotTell(Reason.ApiError, "the API is away");
            case Weather.Throwing:
                throw new InvalidOperationException(Process.Simulated);
        }

        return new StepOutcome.Done(Reason.Applied, "looked");
    }
}

/// <summary>Turns something on, and off again.</summary>
internal sealed class SimulatedSwitch(Fleet fleet, Process process) : IAction
{
    public string Name => "switch";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => true;
    public bool Restores => true;
    public IReadOnlyList<Parameter> Parameters => [new("name", ParameterType.Text, "", Main: true)];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = $"{context.Service.Name}/{parameters["name"]}";
        return Task.FromResult<PinOutcome>(fleet.CannotBeRead
            ? new PinOutcome.CannotTell("the API is away")
            : new PinOutcome.Pinned(new JsonObject { ["name"] = name, ["was"] = fleet.Switch(name) }, fleet.Switch(name), "on", [], [], [name]));
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var name = pin["name"]!.GetValue<string>();
        if (fleet.Switch(name) == By(context))
            return new StepOutcome.Done(Reason.AlreadyAtTarget, "on already");
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        if (fleet.Next() is Weather.Away)
            return new StepOutcome.CannotTell(Reason.ApiError, "the API is away");
        process.Write(context, () => fleet.Turn(name, By(context)));
        await context.Journal.MarkAsync("turned", [], "", cancellation);
        return new StepOutcome.Done(Reason.Applied, "on");
    }

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var name = pin["name"]!.GetValue<string>();
        if (fleet.Switch(name) != By(context))
            return Task.FromResult<StepOutcome>(new StepOutcome.Done(Reason.AlreadyAtTarget, "not ours any more"));
        if (context.Journal.MayWrite() is { } stop)
            return Task.FromResult(stop);
        process.Write(context, () => fleet.Turn(name, "off"));
        return Task.FromResult<StepOutcome>(new StepOutcome.Done(Reason.Applied, "off"));
    }

    private static string By(StepContext context) => $"on by {context.RollbackId}";
}

internal sealed class SimulatedPage : IAction
{
    public string Name => "page";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => false;
    public IReadOnlyList<Parameter> Parameters => [new("role", ParameterType.Text, "", Main: true, Grant: Grant.Role)];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult<PinOutcome>(new PinOutcome.Pinned(new JsonObject { ["role"] = parameters["role"]!.GetValue<string>() }, "", "", [], [], []));

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        await context.Journal.PageAsync(pin["role"]!.GetValue<string>(), "", cancellation);
        return new StepOutcome.Done(Reason.Applied, "called");
    }
}

/// <summary>Passes while a good release runs.</summary>
internal sealed class SimulatedCheck(Fleet fleet) : ICheck
{
    public string Name => "serves";
    public string Summary => "test";
    public IReadOnlyList<Parameter> Parameters => [new("well", ParameterType.YesNo, "", Main: true)];

    public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var verdict = fleet.CannotBeMeasured ? Verdict.Inconclusive : fleet.Live(context.Service.Name).Good ? Verdict.Pass : Verdict.Fail;
        return Task.FromResult<IReadOnlyList<CheckResult>>([new CheckResult(verdict, "serves well", verdict.Word(), "pass")]);
    }
}

/// <summary>How much is in use of what must not be.</summary>
internal sealed class SimulatedCount(Fleet fleet) : ICheck
{
    public string Name => "used";
    public string Summary => "test";
    public IReadOnlyList<Parameter> Parameters => [new("rows", ParameterType.YesNo, "", Main: true)];

    public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<CheckResult>>([fleet.CannotBeMeasured
            ? new CheckResult(Verdict.Inconclusive, "rows in use", "the database is away", "0")
            : new CheckResult(Verdict.Pass, "rows in use", fleet.IsInUse ? "3" : "0", "0")]);
}

internal sealed class SimulatedAlerts(Func<bool> isAway, Func<IReadOnlyList<FiringAlert>> firing) : IAlertSource
{
    public Task<IReadOnlyList<FiringAlert>?> FiringAsync(CancellationToken cancellation) => Task.FromResult(isAway() ? null : firing());
}
