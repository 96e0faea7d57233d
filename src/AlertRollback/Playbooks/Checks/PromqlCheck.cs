using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>promql: {query: …, below: 0.01}</c> asks Prometheus for one number.</summary>
public sealed class PromqlCheck(PrometheusSource prometheus) : ICheck
{
    private const double FewestRequests = 20;
    private const string NothingThere = "no data";

    public string Name => "promql";

    public string Summary => "Asks Prometheus an instant query and compares every sample of the answer.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("query", ParameterType.Text, "PromQL; ${since_change} is the range from the last change on, 1 to 5 minutes.", Required: true, Example: "up{job=\"${service}\"}", Main: true),
        new("below", ParameterType.Number, "Every sample has to be below.", Example: "0.01"),
        new("above", ParameterType.Number, "Every sample has to be above.", Example: "0"),
        new("equals", ParameterType.Number, "Every sample has to be equal.", Example: "1"),
        new("no_data", ParameterType.Text, "What an empty answer means.", Default: "inconclusive", Allowed: ["inconclusive", "pass", "fail"]),
        new("requests", ParameterType.Text, "PromQL for how many requests the value is made of: one slow request of three is neither a failure nor a proof.", Example: "sum(increase(http_requests_total{job=\"${service}\"}[${since_change}]))"),
        new("at_least", ParameterType.Number, "With fewer requests than this it cannot be told.", Default: Texts.Number(FewestRequests), Example: "100"),
        new("name", ParameterType.Text, "What people call the value; default: the query.", Example: "error ratio"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.Count(p => p.Key is "below" or "above" or "equals") > 1)
            yield return "\"below\", \"above\" and \"equals\" exclude each other";
        if (parameters.ContainsKey("at_least") && !parameters.ContainsKey("requests"))
            yield return "\"at_least\" says how many \"requests\" are enough, and there is no query for them";
        if (parameters.ContainsKey("requests") && !Judges(parameters))
            yield return "\"requests\" says when a value can be judged, and there is no limit to judge it by";
    }

    public IEnumerable<string> PromQl(JsonObject parameters) => new[] { "query", "requests" }.Select(key => parameters[key]?.GetValue<string>()).OfType<string>();

    public bool Judges(JsonObject parameters) => parameters.Any(p => p.Key is "below" or "above" or "equals");

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var query = CheckPlaceholders.Fill(parameters["query"]!.GetValue<string>(), context, Placeholders.ForPromQl);
        var what = parameters["name"]?.GetValue<string>() ?? Texts.Clip(query, 120);
        var expected = Expected(parameters);

        return await prometheus.QueryAsync(query, cancellation) switch
        {
            PrometheusAnswer.Unreachable unreachable => [new CheckResult(Verdict.Inconclusive, what, unreachable.Why, expected)],
            PrometheusAnswer.Samples { Values: [] } => [await OfEnoughAsync(new CheckResult(NoData(parameters), what, NothingThere, expected), context, parameters, cancellation)],
            PrometheusAnswer.Samples samples => [await OfEnoughAsync(Judge(what, samples.Values, parameters, expected), context, parameters, cancellation)],
            _ => [],
        };
    }

    // Too few requests are no proof of either: neither does it pass, nor is the next method tried for it. Where neither they nor the value
    // are there, nothing measures at all, and whoever wrote that this is a failure gets that.
    private async Task<CheckResult> OfEnoughAsync(CheckResult judged, CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (judged.Verdict == Verdict.Inconclusive || parameters["requests"]?.GetValue<string>() is not { } requests) return judged;
        var enough = parameters["at_least"]?.GetValue<double>() ?? FewestRequests;
        return await prometheus.QueryAsync(CheckPlaceholders.Fill(requests, context, Placeholders.ForPromQl), cancellation) switch
        {
            PrometheusAnswer.Samples { Values: [_, ..] values } when values.Sum() is var made && !double.IsNaN(made) =>
                made >= enough ? judged : CannotTell($"of {Texts.Number(Math.Round(made))} requests, where {Texts.Number(enough)} would be enough to tell"),
            PrometheusAnswer.Samples { Values: [] } when judged is { Verdict: Verdict.Fail, Measured: NothingThere } => judged,
            PrometheusAnswer.Unreachable unreachable => CannotTell($"of how many requests is not known: {unreachable.Why}"),
            _ => CannotTell("of how many requests is not known: no data"),
        };

        CheckResult CannotTell(string why) => judged with { Verdict = Verdict.Inconclusive, Measured = $"{judged.Measured}, but {why}" };
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
