using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>One rollback's use of an action that needs no cluster.</summary>
internal static class Acting
{
    public static readonly DateTimeOffset Started = Asking.Noon;

    public static OperatorConfiguration Granting(TeamGrants rental) => Asking.Granting(rental);

    public static ServiceDefinition Service(string settings = "{}", string? url = null) =>
        new("rental", "rental-api", null, url, null, null) { Settings = Json(settings) };

    public static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    public static StepContext Context(ServiceDefinition? service = null, int attempt = 1, IStepJournal? journal = null, DateTimeOffset? deadline = null, string stepKey = "steps/0") => new(
        "rental-api-1", stepKey, service ?? Service(), attempt, deadline ?? TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), journal ?? new FakeStepJournal())
    {
        Run = new RunFacts(Started, "kim", RunFacts.None.Inputs.Add("version", "v1.4.2")),
    };

    public static async Task<JsonObject> PinAsync(this IAction action, StepContext context, JsonObject parameters)
    {
        var outcome = await action.PinAsync(context, parameters, TestContext.Current.CancellationToken);

        // As the journal gives it back.
        return Json(outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString()).Pin.ToJsonString());
    }

    public static async Task<PinOutcome.Refused> RefusedAsync(this IAction action, StepContext context, JsonObject parameters) =>
        (await action.PinAsync(context, parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Refused>();

    public static Task<StepOutcome> ApplyAsync(this IAction action, StepContext context, JsonObject pin) =>
        action.ApplyAsync(context, pin, TestContext.Current.CancellationToken);
}
