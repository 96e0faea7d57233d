using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>Changes another service's workload for a while, as a step that names it does.</summary>
internal sealed class SimulatedBorrow(Fleet fleet, Process process, TimeProvider time) : IAction
{
    public string Name => "borrow";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => true;
    public bool Restores => true;
    public IReadOnlyList<Parameter> Parameters => [new("from", ParameterType.Text, "", Main: true)];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var from = parameters["from"]!.GetValue<string>();
        return Task.FromResult<PinOutcome>(fleet.CannotBeRead
            ? new PinOutcome.CannotTell("the API is away")
            : new PinOutcome.Pinned(new JsonObject { ["from"] = from }, fleet.Switch(Lent(from)), "lent", [], [], [Fleet.Target(from)]));
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        TurnAsync(context, pin["from"]!.GetValue<string>(), value => value != By(context), By(context), cancellation);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        TurnAsync(context, pin["from"]!.GetValue<string>(), value => value == By(context), "off", cancellation);

    private async Task<StepOutcome> TurnAsync(StepContext context, string from, Func<string, bool> isNeeded, string to, CancellationToken cancellation)
    {
        fleet.Enter(from, context.RollbackId);
        try
        {
            if (!isNeeded(fleet.Switch(Lent(from))))
                return new StepOutcome.Done(Reason.AlreadyAtTarget, "nothing to do");
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            if (fleet.Next() is Weather.Away or Weather.Failing)
                return new StepOutcome.CannotTell(Reason.ApiError, "the API is away");
            process.Write(context, () => fleet.Turn(Lent(from), to));
            await context.Journal.MarkAsync("turned", [], "", cancellation);
            await Task.Delay(TimeSpan.FromSeconds(20), time, cancellation);
            return new StepOutcome.Done(Reason.Applied, to);
        }
        finally
        {
            fleet.Leave(from);
        }
    }

    private static string Lent(string from) => $"{from}/capacity";

    private static string By(StepContext context) => $"lent to {context.RollbackId}";
}
