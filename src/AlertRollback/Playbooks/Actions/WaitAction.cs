using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>wait: 30s</c> lets time pass. The end is journalled: a restart does not begin anew.</summary>
public sealed class WaitAction(TimeProvider time) : IAction
{
    private const string Until = "until";

    public string Name => "wait";

    public string Summary => "Lets time pass before the next step; a restart does not begin anew.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("for", ParameterType.Duration, "How long, at most 1h.", Required: true, Example: "30s", Main: true),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (For(parameters) is var span && (span <= TimeSpan.Zero || span > TimeSpan.FromHours(1)))
            yield return "\"for\" is more than 0s and at most 1h";
    }

    public TimeSpan Takes(JsonObject parameters) => For(parameters);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult<PinOutcome>(new PinOutcome.Pinned((JsonObject)parameters.DeepClone(), "", $"wait {parameters["for"]}", [], [], []));

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (!context.Journal.Marks.TryGetValue(Until, out var mark))
        {
            mark = new JsonObject { ["at"] = (time.GetUtcNow() + For(pin)).ToString("O", CultureInfo.InvariantCulture) };
            await context.Journal.MarkAsync(Until, mark, "", cancellation);
        }

        var until = DateTimeOffset.Parse(mark["at"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var over = until > context.Deadline;
        var left = (over ? context.Deadline : until) - time.GetUtcNow();
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellation);
        return over
            ? new StepOutcome.Failed(Reason.TimedOut, $"the method's time ended before {pin["for"]} had passed")
            : new StepOutcome.Done(Reason.Applied, $"waited {pin["for"]}");
    }

    private static TimeSpan For(JsonObject parameters) =>
        parameters["for"]?.GetValue<string>() is { } text && Durations.TryParse(text, out var span) ? span : TimeSpan.Zero;
}
