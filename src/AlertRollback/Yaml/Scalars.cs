using System.Globalization;

namespace AlertRollback.Yaml;

/// <summary>Single values, each read as the kind it must be; anything else is a fault and answers null.</summary>
/// <remarks><c>what</c> is how the fault calls the value: <c>"within" of check set "healthy"</c>.</remarks>
public static class Scalars
{
    public const string DurationRemedy = "write it like 90s, 5m or 1h30m";

    public static string? Text(YamlNode node, string what, FaultList faults)
    {
        if (node is YamlScalar { IsNull: false } scalar && scalar.Text.Length > 0) return scalar.Text;
        var remedy = node switch
        {
            YamlMap => "put it in quotes if it contains braces or a colon",
            YamlScalar { IsCommentedOut: true } => "put it in quotes: # begins a comment",
            _ => null,
        };
        return Fault<string>(node, what, "a text", remedy, faults);
    }

    public static TimeSpan? Duration(YamlNode node, string what, FaultList faults)
    {
        if (node is YamlScalar scalar && Durations.TryParse(scalar.Text, out var duration)) return duration;
        return FaultValue<TimeSpan>(node, what, "a duration", DurationRemedy, faults);
    }

    public static double? Number(YamlNode node, string what, FaultList faults)
    {
        if (node is YamlScalar scalar
            && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)) return number;
        return FaultValue<double>(node, what, "a number", "write it like 0.001 or 5, without a unit", faults);
    }

    public static long? Integer(YamlNode node, string what, FaultList faults)
    {
        if (node is YamlScalar scalar
            && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        return FaultValue<long>(node, what, "a whole number", null, faults);
    }

    public static bool? YesNo(YamlNode node, string what, FaultList faults) => node switch
    {
        YamlScalar { Plain: true, Text: "true" } => true,
        YamlScalar { Plain: true, Text: "false" } => false,
        _ => FaultValue<bool>(node, what, "true or false", null, faults),
    };

    /// <summary>One text or a list of texts.</summary>
    public static IReadOnlyList<Placed> Texts(YamlNode node, string what, FaultList faults)
    {
        var items = node is YamlList list ? list.Items : [node];
        if (items.Count == 0) faults.Add(node.Place, $"{what} is an empty list", "name at least one, or leave the key out");
        return [.. items.Select(i => (Node: i, Text: Text(i, what, faults))).Where(i => i.Text is not null).Select(i => new Placed(i.Text!, i.Node.Place))];
    }

    private static T? Fault<T>(YamlNode node, string what, string form, string? remedy, FaultList faults) where T : class
    {
        faults.Add(node.Place, $"{what} must be {form}, not {node.Form}", remedy);
        return null;
    }

    private static T? FaultValue<T>(YamlNode node, string what, string form, string? remedy, FaultList faults) where T : struct
    {
        faults.Add(node.Place, $"{what} must be {form}, not {node.Form}", remedy);
        return null;
    }
}
