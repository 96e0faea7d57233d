using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>http: {get: /api/health}</c> asks the service's own address, or others that were granted.</summary>
public sealed class HttpCheck(GrantedHttp http, Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string Name => "http";

    public string Summary => "Asks one or several addresses; every one has to answer as expected.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("get", ParameterType.Texts, "Paths below the service's url, or whole addresses; this or post.", Example: "/api/health", Main: true, Grant: Grant.Host),
        new("post", ParameterType.Texts, "Paths or addresses that are posted to; only with safe: true.", Example: "/api/search", Grant: Grant.Host),
        new("send", ParameterType.Mapping, "The JSON that is posted.", Example: "{query: \"${service}\"}"),
        new("safe", ParameterType.YesNo, "Says that posting again and again does no harm: a check is asked every few seconds.", Default: "false", Example: "true"),
        new("status", ParameterType.Integer, "The status it has to answer with; default: any 2xx.", Default: "2xx", Example: "204"),
        new("body", ParameterType.Mapping, "What the body has to be.", Example: "{contains: UP}") { Fields = TextRule.Fields },
        new("json", ParameterType.Mapping, "What one value of the JSON in the answer has to be.", Example: "{path: status, equals: UP}") { Fields = JsonRule.Fields },
        new("timeout", ParameterType.Duration, "Longest wait for one answer.", Default: "5s", Example: "2s"),
        new("bearer", ParameterType.Text, "Name of a secret granted to the team, sent as a bearer token.", Example: "rental-api-key", Grant: Grant.Secret),
        new("headers", ParameterType.Mapping, "Other headers: a text, or {secret: NAME} for a secret granted to the team.", Example: "{X-Api-Key: {secret: rental-api-key}}") { MayHoldSecrets = true },
        new("via", ParameterType.Mapping, "Asks the cluster IP of a Service object in the service's namespace: its {service, port, scheme}, or just service for one of the service's own name. NAME.NAMESPACE.svc:PORT has to be granted.",
            Example: "service", Allowed: ["service"])
        {
            Fields =
            [
                new("service", ParameterType.Text, "Name of the Service object; default: the service's.", Example: "rental-api"),
                new("port", ParameterType.Text, "Its port by number or name; default: the first.", Example: "http"),
                new("scheme", ParameterType.Text, "How it is asked.", Default: "http", Allowed: ["http", "https"]),
            ],
        },
        new("samples", ParameterType.Integer, "How many timed requests are made, one after the other.", Default: "1", Example: "10"),
        new("mean_below", ParameterType.Duration, "The mean time of the samples has to be below; a failed request counts as failed.", Example: "500ms"),
        new("percentile", ParameterType.Integer, "Which percentile of the samples is compared with below.", Example: "95"),
        new("below", ParameterType.Duration, "The percentile has to be below.", Example: "800ms"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.ContainsKey("get") == parameters.ContainsKey("post"))
            yield return "it needs one of \"get\" and \"post\"";
        foreach (var path in Paths(parameters).Where(p => !HttpAddress.IsFit(p)))
            yield return $"\"{Verb(parameters)}\" takes paths that begin with one slash, or addresses whose host is written out, not {Texts.Clip(path, 60)}";
        if (parameters.ContainsKey("post") && parameters["safe"]?.GetValue<bool>() != true)
            yield return "a check is asked again and again: say \"safe: true\" when posting twice does no harm, else make it a step http_request";
        if (parameters.ContainsKey("send") && !parameters.ContainsKey("post"))
            yield return "\"send\" goes with \"post\"";
        if (parameters["samples"]?.GetValue<long>() is < 1 or > 100)
            yield return "\"samples\" is from 1 to 100";
        if (parameters["status"]?.GetValue<long>() is < 100 or > 599)
            yield return "\"status\" is from 100 to 599";
        if (parameters.ContainsKey("percentile") != parameters.ContainsKey("below") || parameters["percentile"]?.GetValue<long>() is < 1 or > 100)
            yield return "\"percentile\" is from 1 to 100 and goes with \"below\"";
        foreach (var fault in new[] { TextRule.Fault(parameters["body"] as JsonObject, "\"body\""), JsonRule.Fault(parameters["json"] as JsonObject, "\"json\""), HttpHeaders.Fault(parameters["headers"]) }.OfType<string>())
            yield return fault;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Base(service, Paths(parameters), parameters.ContainsKey("via"));

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        parameters["via"] is { } via && Paths(parameters).Any(p => !HttpAddress.IsWhole(p)) ? HttpAddress.Objects(service, via) : [];

    public bool CanBeCompared(JsonObject parameters) => false;

    // The paths are asked side by side, the samples of each one after the other.
    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) =>
        CheckRound.Beyond((HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout) * (parameters["samples"]?.GetValue<long>() ?? 1));

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        Objects(service, parameters).SelectMany(o => NeededRight.Beyond("get", o.Target.Kind));

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation) =>
        await Task.WhenAll(Paths(parameters).Select(path => AskAsync(context, parameters, path, cancellation)));

    private async Task<CheckResult> AskAsync(CheckContext context, JsonObject parameters, string path, CancellationToken cancellation)
    {
        var filled = CheckPlaceholders.Fill(path, context, Placeholders.ForUrl);
        var what = $"{Verb(parameters).ToUpperInvariant()} {filled}";
        var via = FilledJson.Of(parameters["via"], text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        var (address, trouble) = await HttpAddress.OfAsync(filled, context.Service, via, clusters, cancellation);
        if (address is null)
            return new CheckResult(Verdict.Inconclusive, what, trouble!, null);

        var (expectation, question) = (new HttpExpectation(parameters, CheckPlaceholders.Of(context)), Question(context, parameters, address));
        var (measured, times) = ("", new List<TimeSpan>());
        while (times.Count < expectation.Samples && !expectation.IsTooSlow(times))
        {
            var answer = await http.SendAsync(context.Service.Team, question, cancellation);
            (var verdict, measured) = expectation.Judge(answer);
            if (verdict != Verdict.Pass)
                return new CheckResult(verdict, what, measured, answer.Refused ? null : expectation.ToString());
            times.Add(answer.Took);
        }

        var (speed, all) = expectation.Judge(times);
        return new CheckResult(speed, what, expectation.Samples == 1 ? measured : all, expectation.ToString());
    }

    private static HttpQuestion Question(CheckContext context, JsonObject parameters, HttpAddress address) =>
        new(parameters.ContainsKey("post") ? HttpMethod.Post : HttpMethod.Get, address.Named, HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout)
        {
            SentTo = address.SentTo,
            Bearer = parameters["bearer"]?.GetValue<string>(),
            Json = FilledJson.Of(parameters["send"], text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs))?.ToJsonString(),
            Headers = HttpHeaders.Plain(parameters["headers"], text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs)),
            SecretHeaders = HttpHeaders.Secret(parameters["headers"]),
        };

    private static string Verb(JsonObject parameters) => parameters.ContainsKey("post") ? "post" : "get";

    private static IReadOnlyList<string> Paths(JsonObject parameters) => TextValues.List(parameters[Verb(parameters)]);
}
