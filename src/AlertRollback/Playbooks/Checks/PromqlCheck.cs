using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>promql: {query: …, below: 0.01}</c> asks Prometheus for one number.</summary>
public sealed class PromqlCheck(PrometheusSource prometheus) : ICheck
{
    public string Name => "promql";

    public string Summary => "Asks Prometheus an instant query and compares every sample of the answer.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("query", ParameterType.Text, "PromQL; ${since_change} is the range from the last change on, 1 to 5 minutes.", Required: true, Example: "up{job=\"${service}\"}", Main: true),
        new("below", ParameterType.Number, "Every sample has to be below.", Example: "0.01"),
        new("above", ParameterType.Number, "Every sample has to be above.", Example: "0"),
        new("equals", ParameterType.Number, "Every sample has to be equal.", Example: "1"),
        new("no_data", ParameterType.Text, "What an empty answer means.", Default: "inconclusive", Allowed: ["inconclusive", "pass", "fail"]),
        new("name", ParameterType.Text, "What people call the value; default: the query.", Example: "error ratio"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.Count(p => p.Key is "below" or "above" or "equals") > 1)
            yield return "\"below\", \"above\" and \"equals\" exclude each other";
    }

    public IEnumerable<string> PromQl(JsonObject parameters) => parameters["query"]?.GetValue<string>() is { } query ? [query] : [];

    public bool Judges(JsonObject parameters) => parameters.Any(p => p.Key is "below" or "above" or "equals");

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var query = CheckPlaceholders.Fill(parameters["query"]!.GetValue<string>(), context, Placeholders.ForPromQl);
        var what = parameters["name"]?.GetValue<string>() ?? Texts.Clip(query, 120);
        var expected = Expected(parameters);

        return await prometheus.QueryAsync(query, cancellation) switch
        {
            PrometheusAnswer.Unreachable unreachable => [new CheckResult(Verdict.Inconclusive, what, unreachable.Why, expected)],
            PrometheusAnswer.Samples { Values: [] } => [new CheckResult(NoData(parameters), what, "no data", expected)],
            PrometheusAnswer.Samples samples => [Judge(what, samples.Values, parameters, expected)],
            _ => [],
        };
    }

    private CheckResult Judge(string what, IReadOnlyList<double> values, JsonObject parameters, string? expected)
    {
        if (values.Any(double.IsNaN))
            return new CheckResult(Verdict.Inconclusive, what, "NaN: nothing was measured", expected);
        var worst = parameters.ContainsKey("above") ? values.Min() : values.Max();
        if (parameters.ContainsKey("equals"))
            worst = values.MaxBy(v => Math.Abs(v - parameters["equals"]!.GetValue<double>()));
        var verdict = !Judges(parameters) ? Verdict.Inconclusive : values.All(v => Fits(v, parameters)) ? Verdict.Pass : Verdict.Fail;
        return new CheckResult(verdict, what, Texts.Number(worst), expected);
    }

    private static bool Fits(double value, JsonObject parameters) =>
        (parameters["below"] is not { } below || value < below.GetValue<double>())
        && (parameters["above"] is not { } above || value > above.GetValue<double>())
        && (parameters["equals"] is not { } equals || value == equals.GetValue<double>());

    private static string? Expected(JsonObject parameters) =>
        parameters.FirstOrDefault(p => p.Key is "below" or "above" or "equals") is { Value: { } limit } found
            ? string.Create(CultureInfo.InvariantCulture, $"{found.Key} {Texts.Number(limit.GetValue<double>())}")
            : null;

    private static Verdict NoData(JsonObject parameters) =>
        parameters["no_data"]?.GetValue<string>() is { } word && SnakeCase.TryParse(word, out Verdict verdict) ? verdict : Verdict.Inconclusive;
}
