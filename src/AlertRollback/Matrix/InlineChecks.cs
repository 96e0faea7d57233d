using System.Text.Json.Nodes;

namespace AlertRollback.Matrix;

/// <summary>Checks as a parameter of an action (<see cref="ParameterType.Checks"/>).</summary>
public static class InlineChecks
{
    public static JsonNode Write(CheckDefinition check) => new JsonObject
    {
        ["check"] = check.Check,
        ["parameters"] = check.Parameters.DeepClone(),
        ["report"] = check.Report,
    };

    public static IReadOnlyList<CheckDefinition> Read(JsonNode? parameter) =>
        [.. (parameter as JsonArray ?? []).Select(c => new CheckDefinition(
            c!["check"]!.GetValue<string>(), (JsonObject)c["parameters"]!.DeepClone(), c["report"]!.GetValue<bool>()))];
}
