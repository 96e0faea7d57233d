using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>page: devops-lead</c> calls people.</summary>
public sealed class PageAction : IAction
{
    /// <summary>Its word in the matrix file.</summary>
    public const string Word = "page";

    public string Name => Word;

    public string Summary => "Calls the people of a role in the service's Slack channel.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("role", ParameterType.Text, "Who is called: a role the operator declared for the team.", Required: true, Example: "devops-lead", Main: true, Grant: Grant.Role),
        new("text", ParameterType.Text, "What they are told besides the facts; default: nothing more.", Example: "The ladder is at its end."),
    ];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var pin = (JsonObject)parameters.DeepClone();
        if (pin["text"]?.GetValue<string>() is { } text)
            pin["text"] = context.Fill(text, Placeholders.AsIs);
        return Task.FromResult<PinOutcome>(new PinOutcome.Pinned(pin, "", $"call {parameters["role"]}", [], [], []));
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var role = pin["role"]!.GetValue<string>();
        // Not a failure: a playbook has to undo as well where people only look at the API.
        return await context.Journal.PageAsync(role, pin["text"]?.GetValue<string>() ?? "", cancellation) is { } unheard
            ? new StepOutcome.Done(Reason.Applied, $"nobody was called, {unheard}: it would be {role}")
            : new StepOutcome.Done(Reason.Applied, $"called {role}");
    }
}
