using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>http_request: {post: "http://logging:8080/api/log", json: {event: rollback}}</c> sends one request to a granted host.</summary>
public sealed class HttpRequestAction(GrantedHttp http, Clusters clusters, TimeProvider time) : IAction
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly string[] Methods = ["post", "put", "patch", "delete", "get"];

    public string Name => "http_request";

    public string Summary => "Sends one HTTP request to a granted host; another status than expected is a measured failure. Never repeated after a crash or a lost answer: read_back decides, else people.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;
    public bool IsOpaque => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. Methods.Select(m => new Parameter(m, ParameterType.Text, $"Sends a {m.ToUpperInvariant()} to this path below the service's url, or this address; one method.", Example: "http://logging-service.platform.svc:8080/api/emergency-log", Grant: Grant.Host)),
        new("json", ParameterType.Mapping, "The JSON that is sent.", Example: "{event: emergency_rollback, service: \"${service}\"}"),
        new("status", ParameterType.Integer, "The status it has to answer with.", Default: "2xx", Example: "202"),
        new("bearer", ParameterType.Text, "Name of a secret granted to the team, sent as a bearer token.", Example: "rental-api-key", Grant: Grant.Secret),
        new("headers", ParameterType.Mapping, "Other headers: a text, or {secret: NAME} for a secret granted to the team.", Example: "{X-Api-Key: {secret: rental-api-key}}") { MayHoldSecrets = true },
        new("timeout", ParameterType.Duration, "Longest wait for the answer.", Default: "10s", Example: "5s"),
        new("read_back", ParameterType.Mapping, "A question that only looks whether it was carried out, when its answer was not seen.", Example: "{get: /api/state, json: {path: mode, equals: safe}}")
        {
            Fields =
            [
                new("get", ParameterType.Text, "Path below the service's url, or an address.", Required: true, Example: "/api/state", Grant: Grant.Host),
                new("status", ParameterType.Integer, "The status it answers with when it was carried out.", Default: "2xx", Example: "200"),
                new("body", ParameterType.Mapping, "What the body is then.", Example: "{contains: safe}") { Fields = TextRule.Fields },
                new("json", ParameterType.Mapping, "What one value of the JSON in the answer is then.", Example: "{path: mode, equals: safe}") { Fields = JsonRule.Fields },
            ],
        },
        new("record_only", ParameterType.YesNo, "Says that it only writes something down elsewhere and changes nothing in production: it may then stand under before.", Default: "false", Example: "true"),
    ];

    public bool ChangesProductionWith(JsonObject parameters) => parameters["record_only"]?.GetValue<bool>() != true;

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        var addresses = Methods.Where(parameters.ContainsKey).Select(m => parameters[m]!.ToString()).ToList();
        if (addresses.Count != 1)
            yield return $"it needs one of {string.Join(", ", Methods.Select(m => $"\"{m}\""))}";
        foreach (var address in addresses.Append(parameters["read_back"]?["get"]?.ToString()).OfType<string>().Where(a => !HttpAddress.IsFit(a)))
            yield return $"it takes a path that begins with one slash, or an address whose host is written out, not {Texts.Clip(address, 60)}";
        if (parameters.ContainsKey("json") && (parameters.ContainsKey("get") || parameters.ContainsKey("delete")))
            yield return "\"json\" goes with \"post\", \"put\" or \"patch\"";
        if (new[] { parameters["status"], parameters["read_back"]?["status"] }.Any(s => s?.GetValue<long>() is < 100 or > 599))
            yield return "\"status\" is from 100 to 599";
        var back = parameters["read_back"] as JsonObject;
        foreach (var fault in new[] { TextRule.Fault(back?["body"] as JsonObject, "\"body\""), JsonRule.Fault(back?["json"] as JsonObject, "\"json\""), HttpHeaders.Fault(parameters["headers"]) }.OfType<string>())
            yield return fault;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) =>
        ServiceNeeds.Base(service, Methods.Select(m => parameters[m]).Append(parameters["read_back"]?["get"]).OfType<JsonNode>().Select(a => a.ToString()), byService: false);

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var method = Methods.First(parameters.ContainsKey);
        var (address, trouble) = await AddressAsync(context, parameters[method]!, cancellation);
        var (back, alsoTrouble) = parameters["read_back"] is { } look ? await AddressAsync(context, look["get"]!, cancellation) : (null, null);
        if ((trouble ?? alsoTrouble) is { } none)
            return new PinOutcome.Refused(Reason.NotFound, none);
        var pin = new JsonObject
        {
            ["method"] = method.ToUpperInvariant(),
            ["address"] = address!.ToString(),
            ["json"] = FilledJson.Of(parameters["json"], text => context.Fill(text, Placeholders.AsIs)),
            ["headers"] = FilledJson.Of(parameters["headers"], text => context.Fill(text, Placeholders.AsIs)),
            ["read_back"] = back is null ? null : Filled(context, parameters["read_back"]!, back),
        };
        foreach (var name in new[] { "status", "bearer", "timeout" })
            pin[name] = parameters[name]?.DeepClone();
        if (new[] { Question(pin), ReadBackQuestion(pin) }.OfType<HttpQuestion>().Select(q => http.Refusal(context.Service.Team, q)).OfType<string>().FirstOrDefault() is { } refusal)
            return new PinOutcome.Refused(Reason.NotGranted, refusal);
        var what = $"{pin["method"]} {address}";
        return new PinOutcome.Pinned(pin, "", what, [], [], ChangesProductionWith(parameters) ? [$"http/{context.Service.Team}/{what}"] : []);
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => new OneRun(
        $"{pin["method"]} {pin["address"]}",
        () => SendAsync(context, pin, cancellation),
        ReadBackQuestion(pin) is { } question ? () => ReadBackAsync(context, pin, question, cancellation) : null)
        .ApplyAsync(context, cancellation);

    private async Task<CommandResult> SendAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var question = Question(pin);
        var left = context.Deadline - time.GetUtcNow();
        var answer = await http.SendAsync(context.Service.Team, left < question.Timeout ? question with { Timeout = Shortest(left) } : question, cancellation);
        return answer switch
        {
            { Refused: true } => new CommandResult.NotStarted(answer.Trouble!),
            { NotSent: true } => new CommandResult.NotStarted(answer.Trouble!, Measured: true),
            { Trouble: { } trouble } => new CommandResult.Unknown(trouble),
            _ => Judge(answer, pin),
        };
    }

    private static CommandResult Judge(HttpAnswer answer, JsonObject pin)
    {
        var (verdict, measured) = new HttpExpectation(new JsonObject { ["status"] = pin["status"]?.DeepClone() }, Placeholders.Unfilled).Judge(answer);
        if (verdict == Verdict.Pass)
            return new CommandResult.Ended(0, measured, "");
        // A server that fails may have carried it out before.
        return (int)answer.Status! >= 500 ? new CommandResult.Unknown($"it answers {measured}") : new CommandResult.NotStarted($"it answers {measured}", Measured: true);
    }

    private async Task<ReadBack> ReadBackAsync(StepContext context, JsonObject pin, HttpQuestion question, CancellationToken cancellation)
    {
        var answer = await http.SendAsync(context.Service.Team, question, cancellation);
        if (answer.Trouble is { } trouble)
            return new ReadBack.Unknown($"reading back did not tell: {trouble}");
        var (verdict, measured) = new HttpExpectation((JsonObject)pin["read_back"]!, Placeholders.Unfilled).Judge(answer);
        return verdict switch
        {
            Verdict.Pass => new ReadBack.CarriedOut(measured),
            Verdict.Fail => new ReadBack.NotCarriedOut(measured),
            _ => new ReadBack.Unknown($"reading back did not tell: {measured}"),
        };
    }

    private static HttpQuestion Question(JsonObject pin) =>
        new(new HttpMethod(pin["method"]!.GetValue<string>()), new Uri(pin["address"]!.GetValue<string>()), HttpExpectation.Span(pin["timeout"]) ?? DefaultTimeout)
        {
            Json = pin["json"]?.ToJsonString(),
            Bearer = pin["bearer"]?.GetValue<string>(),
            Headers = HttpHeaders.Plain(pin["headers"], text => text),
            SecretHeaders = HttpHeaders.Secret(pin["headers"]),
        };

    // With the same credentials: it is the same service's.
    private static HttpQuestion? ReadBackQuestion(JsonObject pin) => pin["read_back"]?["get"]?.GetValue<string>() is { } address
        ? Question(pin) with { Method = HttpMethod.Get, Address = new Uri(address), Json = null }
        : null;

    private async Task<(Uri? Address, string? Trouble)> AddressAsync(StepContext context, JsonNode written, CancellationToken cancellation)
    {
        var (address, trouble) = await HttpAddress.OfAsync(context.Fill(written.GetValue<string>(), Placeholders.ForUrl), context.Service, null, clusters, cancellation);
        return (address?.Named, trouble);
    }

    // An answer that was not seen is judged by what was planned.
    private static JsonNode Filled(StepContext context, JsonNode readBack, Uri address)
    {
        var filled = readBack.DeepClone();
        filled["get"] = address.ToString();
        foreach (var (name, rule) in new[] { ("body", TextRule.Of(readBack["body"] as JsonObject, context.Fill)?.ToJson()), ("json", JsonRule.Of(readBack["json"] as JsonObject, context.Fill)?.ToJson()) })
        {
            if (rule is not null)
                filled[name] = rule;
        }

        return filled;
    }

    private static TimeSpan Shortest(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
}
