using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>Loses data for good, as a script in a database does: carried out once, and read back where that can be done.</summary>
internal sealed class SimulatedWipe(Fleet fleet, Process process, TimeProvider time) : IAction
{
    // Of the others nobody can tell afterwards.
    private const string CanBeReadBack = "web";

    public string Name => "wipe";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Once;
    public bool ChangesProduction => true;
    public bool DestroysData => true;
    public IReadOnlyList<Parameter> Parameters => [];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult<PinOutcome>(fleet.CannotBeRead
            ? new PinOutcome.CannotTell("the database is away")
            : new PinOutcome.Pinned([], "data", "no data", ["data is lost for good"], [], [$"database/shop/{context.Service.Name}"]));

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (service, use) = (context.Service.Name, $"{context.RollbackId} {context.StepKey}");
        return new OneRun(
            $"the wipe of {service}",
            () => WipeAsync(context, use, cancellation),
            service == CanBeReadBack ? () => Task.FromResult<ReadBack>(fleet.IsWiped(use) ? new ReadBack.CarriedOut("empty") : new ReadBack.NotCarriedOut("full")) : null)
            .ApplyAsync(context, cancellation);
    }

    private async Task<CommandResult> WipeAsync(StepContext context, string use, CancellationToken cancellation)
    {
        var weather = fleet.Next();
        switch (weather)
        {
            case Weather.Slow:
                await Task.Delay(TimeSpan.FromMinutes(4), time, cancellation);
                break;
            case Weather.Away:
                return new CommandResult.NotStarted("the database is away");
            case Weather.Failing:
                return new CommandResult.Ended(1, "", "it said no");
            case Weather.Throwing:
                throw new InvalidOperationException(Process.Simulated);
        }

        process.Write(context, () => fleet.Wipe(use));
        if (weather == Weather.AnswerLost)
            return new CommandResult.Unknown("the connection was lost");
        await Task.Delay(TimeSpan.FromMinutes(1), time, cancellation);
        return new CommandResult.Ended(0, "wiped", "");
    }
}
