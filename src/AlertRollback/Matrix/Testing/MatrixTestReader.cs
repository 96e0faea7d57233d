using AlertRollback.Alerts;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Testing;

/// <summary>Reads a team's tests, <c>matrix.test.yml</c>: a list of alerts with the decision that is expected.</summary>
public sealed class MatrixTestReader(FaultList faults)
{
    public static readonly FileKeys Keys = new("matrix.test.yml: an item", "An alert and the decision that is expected on it, by the matrix in the same folder.", [
        new("name", KeyForm.Text, "What it shows, as a sentence.", Example: "a critical alert is undone", Required: true),
        new("alert", KeyForm.Names, "The alert's labels.", Example: "{service: rental-api, severity: critical}", Required: true),
        new("expect", KeyForm.Mapping, "The decision.", Example: "{row: critical band, playbook: undo}", Required: true),
    ]);

    public static readonly FileKeys ExpectKeys = new("expect: of a test", "Exactly one of playbook, task, log and nothing; the other keys where they matter.", [
        new("row", KeyForm.Text, "The row that decides.", Example: "critical band"),
        new("playbook", KeyForm.Text, "The playbook that runs.", Example: "undo"),
        new("task", KeyForm.Text, "Work for people: true, or its text.", Example: "true"),
        new("log", KeyForm.YesNo, "Only written down.", Example: "true"),
        new("nothing", KeyForm.Text, "Nothing is done, and why: no_service_label, unknown_service, no_row_matched or not_measured.", Example: "unknown_service"),
        new("service", KeyForm.Text, "The service it is about.", Example: "rental-api"),
        new("severity", KeyForm.Text, "The severity it has.", Example: "critical"),
        new("approval", KeyForm.Texts, "Who has to agree first: roles, or none.", Example: "on-call-manager"),
        new("in", KeyForm.Text, "The window it waits for, or none.", Example: "maintenance"),
    ]);

    private const string None = "none";

    private static readonly IReadOnlyList<string> Endings = ["playbook", "task", "log", "nothing"];
    private static readonly IReadOnlyList<Reason> Reasons = [Reason.NoServiceLabel, Reason.UnknownService, Reason.NoRowMatched, Reason.NotMeasured];

    /// <returns>Empty with faults when nothing can be read.</returns>
    public IReadOnlyList<MatrixTest> Read(string file, string content)
    {
        var tests = (YamlFile.ReadList(file, content, "list tests: - {name: …, alert: {…}, expect: {…}}", faults) ?? []).Select(ReadTest).OfType<MatrixTest>().ToList();
        foreach (var twice in tests.GroupBy(t => t.Name.Text).Where(g => g.Count() > 1))
            faults.Add(twice.Last().Name.Place, $"two tests have the name {Shown.Quoted(twice.Key)}", $"the other is on line {twice.First().Name.Place.Line}: rename one");
        return tests;
    }

    private MatrixTest? ReadTest(YamlNode node)
    {
        if (MapReader.Of(node, "a test", faults, Keys) is not { } map) return null;
        var name = map.RequiredText("name", "say in a sentence what it shows");
        map.Required("alert", "give the alert's labels: alert: {service: rental-api, severity: critical}");
        var labels = map.Names("alert").Select(l => (l.Key, Value: ReadLabel(l))).ToList();
        var expected = map.Required("expect", "say what is decided: expect: {playbook: undo}") is { } expect ? ReadExpectation(expect) : null;
        map.Done();
        return name is null || expected is null ? null : new MatrixTest(name, LabelSet.Of(labels.Select(l => KeyValuePair.Create(l.Key.Text, l.Value))), expected);
    }

    // A label may be empty, which is as good as missing.
    private string ReadLabel(YamlEntry label)
    {
        if (label.Value is YamlScalar { IsNull: false } scalar) return scalar.Text;
        faults.Add(label.Value.Place, $"the label {Shown.Quoted(label.Key.Text)} must be a text, not {label.Value.Form}", "write \"\" for an empty one");
        return "";
    }

    private Expectation? ReadExpectation(YamlNode node)
    {
        if (MapReader.Of(node, "\"expect\" of a test", faults, ExpectKeys) is not { } map) return null;
        var ending = ReadEnding(map);
        var expectation = new Expectation
        {
            Row = map.Text("row")?.Text,
            Ending = ending ?? "",
            Service = map.Text("service")?.Text,
            Severity = map.Text("severity")?.Text,
            Approval = map.Take("approval") is null ? null : [.. map.Texts("approval").Select(r => r.Text).Where(r => r != None)],
            Window = map.Text("in") is { } window ? window.Text == None ? "" : window.Text : null,
        };
        map.Done();
        return ending is null ? null : expectation;
    }

    private string? ReadEnding(MapReader map)
    {
        var (playbook, task, log, nothing) = (map.Text("playbook"), map.Text("task"), map.YesNo("log"), map.Text("nothing"));
        var present = Endings.Where(map.Has).ToList();
        if (present.Count != 1)
        {
            faults.Add(map.Place, present.Count == 0 ? "\"expect\" of a test says no decision" : $"\"expect\" of a test says both \"{present[0]}\" and \"{present[1]}\"", "write exactly one of playbook, task, log and nothing");
            return null;
        }

        if (playbook is not null) return Came.Playbook(playbook.Text);
        if (task is not null) return task.Text == "true" ? Came.AnyTask : Came.Task(task.Text);
        if (nothing is not null) return ReadReason(nothing, map);
        if (log is false) faults.Add(map.PlaceOf("log")!.Value, $"{map.Name("log")} can only be true", null);
        return log is true ? Came.Log : null;
    }

    private string? ReadReason(Placed word, MapReader map)
    {
        if (SnakeCase.TryParse(word.Text, out Reason reason) && Reasons.Contains(reason)) return Came.Nothing(reason);
        faults.Add(word.Place, $"{map.Name("nothing")} must not be {Shown.Quoted(word.Text)}", NearestName.Remedy(word.Text, Reasons.Select(r => r.Word()), "allowed"));
        return null;
    }
}
