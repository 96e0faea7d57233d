using AlertRollback.Alerts.Matching;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one item of <c>rows:</c>.</summary>
internal sealed class RowReader(FaultList faults)
{
    public static readonly FileKeys Keys = new("rows: an item", "One line of the matrix; it ends in exactly one of playbook, task and log.", [
        new("name", KeyForm.Text, "In a few words, which alerts it is for.", Example: "critical band", Required: true),
        new("matchers", KeyForm.Texts, "In Alertmanager's own syntax; all must match, [] is every alert. A row sees only alerts for its team's services. Grafana's DatasourceNoData and DatasourceError have all labels of the alert that could not be measured: they start a playbook only by a row with a matcher for them, on alertname or rulename. Rows with task or log take them like any other alert.", Example: "['severity=\"critical\"']", Required: true),
        new("playbook", KeyForm.Text, "The playbook that runs.", Example: "undo"),
        new("task", KeyForm.Any, "Work for people, tracked until done: a text, or role and text.", Example: "{role: on-call, text: Look at it}"),
        new("log", KeyForm.YesNo, "Only written down.", Example: "true"),
        new("severity", KeyForm.Text, "The severity of its alerts.", Default: "the alert's label \"severity\"", Example: "critical"),
        new("in", KeyForm.Text, "Acts only inside this window: decided now, guarded and planned anew when it opens.", Default: "at any time", Example: "maintenance"),
        new("shadow", KeyForm.YesNo, "Planned and told, nothing is changed.", Default: "false", Example: "true"),
    ]);

    public static readonly FileKeys TaskKeys = new("task: of a row", "Work for people, tracked until done. A text alone stands for \"text\".", [
        new("text", KeyForm.Text, "What is to be done.", Example: "Look at it", Required: true),
        new("role", KeyForm.Text, "Whose work it is.", Default: "the channel's", Example: "on-call"),
    ]);

    private static readonly IReadOnlyList<string> Endings = ["playbook", "task", "log"];

    // Rows repeat each other's matchers, and compiling an expression takes milliseconds.
    private readonly Dictionary<string, MatcherParse> _parsed = new(StringComparer.Ordinal);

    public RowDraft? Read(YamlNode node)
    {
        if (MapReader.Of(node, "a row", faults) is not { } unnamed) return null;
        var name = unnamed.RequiredText("name", "say in a few words which alerts it is for");
        var what = name is null ? "a row" : $"row {Shown.Quoted(name.Text)}";
        var map = new MapReader((YamlMap)node, what, faults, keys: Keys);
        map.Take("name");
        map.Required("matchers", "write matchers: ['severity=\"critical\"'], or [] for every alert");
        var before = faults.Count;
        var matchers = ReadMatchers(map, what);
        var whole = faults.Count == before && map.Has("matchers");
        var (ending, subject, role) = ReadEnding(map, what);
        var row = new RowDraft(name ?? new Placed("", map.Place), matchers, whole, ending, subject, role, map.Text("severity"), ReadWindow(map, ending), map.YesNo("shadow") ?? false);
        map.Done();
        return row;
    }

    private List<MatcherDraft> ReadMatchers(MapReader map, string what)
    {
        var matchers = new List<MatcherDraft>();
        // An empty list is a row for everything; Texts would call it forgotten.
        if (map.Take("matchers") is null or YamlList { Items: [] }) return matchers;
        foreach (var text in map.Texts("matchers"))
        {
            var before = faults.Count;
            PlaceholderRule.None.Check(text, $"a matcher of {what}", faults);
            if (faults.Count > before) continue;
            if (!_parsed.TryGetValue(text.Text, out var parse)) _parsed[text.Text] = parse = MatcherParser.Parse(text.Text);
            if (parse.Fault is { } fault)
                faults.Add(text.Place, $"a matcher of {what} cannot be read: {Shown.Clean(text.Text)}: {fault.Text.TrimEnd('.')}", "write it as Alertmanager does: 'severity=\"critical\"'");
            else
                matchers.AddRange(parse.Matchers.Select(m => new MatcherDraft(text.Place, m)));
        }

        return matchers;
    }

    private (RowEnding, Placed Subject, Placed? Role) ReadEnding(MapReader map, string what)
    {
        var (playbook, task, log) = (map.Text("playbook"), map.Take("task"), map.YesNo("log"));
        var present = Endings.Where(map.Has).ToList();
        if (present.Count != 1)
        {
            faults.Add(
                present.Count == 0 ? map.Place : map.PlaceOf(present[1])!.Value,
                present.Count == 0 ? $"{what} ends in nothing" : $"{what} ends in both \"{present[0]}\" and \"{present[1]}\"",
                "a row has exactly one of playbook, task and log");
        }
        else if (log is false)
        {
            faults.Add(map.PlaceOf("log")!.Value, $"\"log\" of {what} can only be true", "a row has exactly one of playbook, task and log");
        }

        var nothing = new Placed("", map.Place);
        if (playbook is not null) return (RowEnding.Playbook, playbook, null);
        if (task is null) return (RowEnding.Log, nothing, null);
        var (text, role) = ReadTask(task, $"\"task\" of {what}");
        return (RowEnding.Task, text ?? nothing, role);
    }

    private Placed? ReadWindow(MapReader map, RowEnding ending)
    {
        var window = map.Text("in");
        if (window is not null && ending != RowEnding.Playbook)
            faults.Add(map.PlaceOf("in")!.Value, $"{map.Name("in")} has nothing to wait with", "only a playbook waits for a window: remove it");
        return window;
    }

    private (Placed? Text, Placed? Role) ReadTask(YamlNode node, string what)
    {
        if (node is not YamlMap)
            return (Scalars.Text(node, what, faults) is { } alone ? Checked(new Placed(alone, node.Place), what) : null, null);
        var map = new MapReader((YamlMap)node, what, faults, keys: TaskKeys);
        var (text, role) = (map.RequiredText("text", "say what is to be done"), map.Text("role"));
        if (text is not null) Checked(text, map.Name("text"));
        map.Done();
        return (text, role);
    }

    // People would be told the braces.
    private Placed Checked(Placed text, string what)
    {
        PlaceholderRule.None.Check(text, what, faults);
        return text;
    }
}
