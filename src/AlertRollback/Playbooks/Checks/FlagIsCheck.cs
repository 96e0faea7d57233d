using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Flags;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>flag_is: {expect: {rollout_percentage: 0}}</c>: the service's feature flag reads as expected.</summary>
public sealed class FlagIsCheck(GrantedHttp http, Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    public string Name => "flag_is";

    public string Summary => "The service's feature flag reads as expected; the service says under flag how it is reached.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("expect", ParameterType.Mapping, "Fields and what they have to read as.", Required: true, Example: "{rollout_percentage: 0}"),
    ];

    public IReadOnlyList<Parameter> ServiceParameters => [FlagSettings.Parameter];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["expect"] is not JsonObject { Count: > 0 } expect || expect.Any(e => e.Value is not JsonValue || e.Key.StartsWith('-')))
            yield return "\"expect\" is a mapping of at least one field to its value";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => FlagSettings.IsDeclared(service) ? null : FlagSettings.Need;

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        FlagSettings.Objects(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        FlagSettings.Rights(service, "get");

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var expect = (JsonObject)FilledJson.Of(parameters["expect"], text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs))!;
        var expected = FlagValues.Text(expect);
        if (FlagSettings.ReaderOf(context.Service, http, clusters) is not { } flag)
            return [new CheckResult(Verdict.Inconclusive, "flag", FlagSettings.NotDeclared(context.Service), expected)];
        return [await flag.ReadAsync([.. expect.Select(e => e.Key)], cancellation) switch
        {
            FlagReading.Read read => new CheckResult(
                FlagValues.Hold(expect, read.Values) ? Verdict.Pass : Verdict.Fail, flag.Text,
                FlagValues.Differences(expect, read.Values) is { Length: > 0 } other ? other : FlagValues.Text(FlagValues.Only(read.Values, expect.Select(e => e.Key))), expected),
            FlagReading.NotHere absent => new CheckResult(Verdict.Fail, flag.Text, absent.Text, expected),
            FlagReading.Unreadable unreadable => new CheckResult(Verdict.Inconclusive, flag.Text, unreadable.Text, expected),
            FlagReading.Refused refused => new CheckResult(Verdict.Inconclusive, flag.Text, refused.Text, expected),
            var other => throw new InvalidOperationException($"no such reading: {other}"),
        }];
    }
}
