using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads <c>manual:</c> of a playbook.</summary>
internal static class ManualReader
{
    public static readonly FileKeys Keys = new("manual: of a playbook", "Who may start it by hand, and with what; a reason is always asked for. Without it nobody may.", [
        new("role", KeyForm.Texts, "Whose people may start it: a role or a list of roles.", Example: "on-call", Required: true),
        new("services", KeyForm.Text, "\"several\": several services may be named at once; each step runs for all side by side, the next begins when all are done.", Default: "one", Example: "several"),
        new("inputs", KeyForm.Names, "Names that become placeholders in steps and checks: \"required\", or a text that is the default.", Example: "{backup: required, note: routine}"),
    ]);

    private const string Required = "required";

    public static ManualDraft? Read(MapReader playbook)
    {
        if (playbook.Map("manual", Keys) is not { } map) return null;
        map.Required("role", "say whose people may start it");
        var manual = new ManualDraft(map.Texts("role"), ReadInputs(map), ReadSeveral(map)) { InputNames = [.. map.Names("inputs").Select(i => i.Key)] };
        map.Done();
        return manual;
    }

    /// <summary>The names of all inputs of a file, before its playbooks are read: named steps and check sets may use them.</summary>
    public static IReadOnlyList<string> InputsOf(YamlMap matrix) =>
        [.. Entries(matrix.Find("playbooks")?.Value).SelectMany(p => Entries((Find(p.Value, "manual") as YamlMap)?.Find("inputs")?.Value)).Select(i => i.Key.Text).Where(Placeholders.IsName).Distinct()];

    private static List<InputDefinition> ReadInputs(MapReader map)
    {
        var inputs = new List<InputDefinition>();
        foreach (var (name, value) in map.Names("inputs"))
        {
            var what = $"input {Shown.Quoted(name.Text)} in {map.Name("inputs")}";
            if (!Placeholders.IsName(name.Text)) map.Faults.Add(name.Place, $"{what} has a name that no placeholder can have", "use lower-case letters and \"_\"");
            else if (Placeholders.WhenRun.Contains(name.Text)) map.Faults.Add(name.Place, $"{what} has the name of a placeholder that is filled in anyway", "give it a name of its own");
            if (Scalars.Text(value, what, map.Faults) is not { } text) continue;
            PlaceholderRule.None.Check(new Placed(text, value.Place), what, map.Faults);
            inputs.Add(new InputDefinition(name.Text, value is YamlScalar { Plain: true, Text: Required } ? null : text));
        }

        return inputs;
    }

    private static bool ReadSeveral(MapReader map)
    {
        if (map.Text("services") is not { } word) return false;
        if (word.Text is not ("one" or "several"))
            map.Faults.Add(word.Place, $"{map.Name("services")} must not be {Shown.Quoted(word.Text)}", "allowed here: one, several");
        return word.Text == "several";
    }

    private static IReadOnlyList<YamlEntry> Entries(YamlNode? node) => node is YamlMap map ? map.Entries : [];

    private static YamlNode? Find(YamlNode node, string key) => (node as YamlMap)?.Find(key)?.Value;
}
