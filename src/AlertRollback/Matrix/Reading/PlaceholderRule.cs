using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Matrix.Reading;

internal static class PlaceholderRule
{
    public static void Check(Placed text, string what, IReadOnlyList<string> allowed, FaultList faults)
    {
        if (Placeholders.FirstUnknown(text.Text, allowed) is not { } unknown) return;
        faults.Add(
            text.Place,
            $"{what} contains {Shown.Quoted(unknown)}, which nothing fills in",
            allowed.Count == 0 ? "write the value out" : $"allowed here: {string.Join(", ", allowed.Select(a => $"${{{a}}}"))}");
    }
}
