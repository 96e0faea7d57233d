using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>What a program, a Job or a command does to data is known to the team alone: it declares that a step can lose some for good.</summary>
internal static class DeclaredDestruction
{
    private const string Key = "destroys_data";

    public static readonly Parameter Parameter = new(
        Key, ParameterType.YesNo, "It can lose data for good: only a person starts it, and agrees by typing, as with sql.", Default: "false", Example: "true");

    public static bool Of(JsonObject parameters) => parameters[Key]?.GetValue<bool>() == true;
}
