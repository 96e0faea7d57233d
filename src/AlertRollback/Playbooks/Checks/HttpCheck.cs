using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>http: {get: /api/health}</c> asks the service's own address.</summary>
public sealed class HttpCheck(GrantedHttp http) : ICheck
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string Name => "http";

    public string Summary => "Asks one or several addresses of the service; every one has to answer as expected.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("get", ParameterType.Texts, "Paths below the service's url.", Required: true, Example: "/api/health", Main: true),
        new("status", ParameterType.Integer, "The status it has to answer with; default: any 2xx.", Default: "2xx", Example: "204"),
        new("timeout", ParameterType.Duration, "Longest wait for one answer.", Default: "5s", Example: "2s"),
        new("bearer", ParameterType.Text, "Name of a secret granted to the team, sent as a bearer token.", Example: "rental-api-key"),
        new("samples", ParameterType.Integer, "How many timed requests are made for mean_below.", Default: "1", Example: "10"),
        new("mean_below", ParameterType.Duration, "The mean time of the samples has to be below; a failed request counts as failed.", Example: "500ms"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var path in Paths(parameters).Where(p => !p.StartsWith('/') || p.StartsWith("//", StringComparison.Ordinal)))
            yield return $"\"get\" takes paths that begin with one slash, not {Texts.Clip(path, 60)}";
        if (parameters["samples"]?.GetValue<long>() is < 1 or > 100)
            yield return "\"samples\" is from 1 to 100";
        if (parameters["status"]?.GetValue<long>() is < 100 or > 599)
            yield return "\"status\" is from 100 to 599";
    }

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation) =>
        await Task.WhenAll(Paths(parameters).Select(path => AskAsync(context, parameters, path, cancellation)));

    private async Task<CheckResult> AskAsync(CheckContext context, JsonObject parameters, string path, CancellationToken cancellation)
    {
        var filled = CheckPlaceholders.Fill(path, context, Placeholders.ForUrl);
        var what = $"GET {filled}";
        if (context.Service.Url is not { } url || !Uri.TryCreate(url.TrimEnd('/') + filled, UriKind.Absolute, out var address))
            return new CheckResult(Verdict.Inconclusive, what, "the service declares no url", null);

        var samples = (int)(parameters["samples"]?.GetValue<long>() ?? 1);
        var answers = new List<HttpAnswer>();
        for (var i = 0; i < samples; i++)
        {
            var answer = await http.GetAsync(
                context.Service.Team, address, parameters["bearer"]?.GetValue<string>(), Span(parameters, "timeout") ?? DefaultTimeout, cancellation);
            if (answer.Refused)
                return new CheckResult(Verdict.Inconclusive, what, answer.Trouble!, null);
            answers.Add(answer);
            if (IsBad(answer, Status(parameters)))
                break;
        }

        return Judge(what, answers, parameters);
    }

    private static CheckResult Judge(string what, List<HttpAnswer> answers, JsonObject parameters)
    {
        var status = Status(parameters);
        var wanted = status?.ToString(CultureInfo.InvariantCulture) ?? "2xx";
        var mean = TimeSpan.FromTicks((long)answers.Average(a => a.Took.Ticks));
        var limit = Span(parameters, "mean_below");
        var expected = limit is null ? wanted : $"{wanted}, mean below {Texts.Milliseconds(limit.Value)}";

        // Nobody answering at the service's own address is a measured failure of the service, not a lack of data.
        if (answers.Find(a => IsBad(a, status)) is { } bad)
            return new CheckResult(Verdict.Fail, what, bad.Trouble ?? $"{(int)bad.Status!} in {Texts.Milliseconds(bad.Took)}", expected);
        var measured = answers.Count == 1
            ? $"{(int)answers[0].Status!} in {Texts.Milliseconds(mean)}"
            : $"{answers.Count} answers, mean {Texts.Milliseconds(mean)}";
        return new CheckResult(limit is not null && mean >= limit ? Verdict.Fail : Verdict.Pass, what, measured, expected);
    }

    private static long? Status(JsonObject parameters) => parameters["status"]?.GetValue<long>();

    private static bool IsBad(HttpAnswer answer, long? status) => answer.Trouble is not null || !Fits(answer, status);

    private static bool Fits(HttpAnswer answer, long? status) =>
        status is null ? (int)answer.Status! is >= 200 and < 300 : (int)answer.Status! == status;

    private static TimeSpan? Span(JsonObject parameters, string name) =>
        parameters[name]?.GetValue<string>() is { } text && Durations.TryParse(text, out var span) ? span : null;

    private static IEnumerable<string> Paths(JsonObject parameters) =>
        (parameters["get"] as JsonArray)?.Select(p => p!.GetValue<string>()) ?? [];
}
