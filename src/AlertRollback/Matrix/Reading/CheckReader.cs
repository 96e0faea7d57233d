using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads checks: <c>- http: {get: /health}</c>, <c>- http: /health</c> or <c>- rollout_status</c>.</summary>
/// <param name="beside">Files that parameters may name.</param>
internal sealed class CheckReader(ICatalog catalog, PlaceholderRule placeholders, FaultList faults, IReadOnlyDictionary<string, string>? beside = null)
{
    public static readonly FileKeys Keys = new("a check: beside its own parameters", "What every check may have among its parameters.", [
        new("report", KeyForm.YesNo, "The value is shown to people and never judged.", Default: "false", Example: "true"),
    ]);

    private IReadOnlyList<string> BuiltIn { get; init; } = Placeholders.WhenRun;

    /// <summary>The same for checks that are asked while a release runs, too, where there is no rollback to fill anything in.</summary>
    public CheckReader Recorded() => new(catalog, PlaceholderRule.None, faults, beside) { BuiltIn = Placeholders.WhenRecorded };

    /// <summary>One check or a list of checks.</summary>
    /// <param name="judging">Each has to have a limit; not so where its values are only compared or shown.</param>
    public IReadOnlyList<CheckDraft> ReadInline(YamlNode node, string what, bool judging)
    {
        if (node is YamlList { Items: [] }) faults.Add(node.Place, $"{what} asks nothing", "name at least one check");
        return ReadList(node is YamlList list ? list.Items : [node], what, judging);
    }

    public IReadOnlyList<CheckDraft> ReadList(IReadOnlyList<YamlNode> nodes, string what, bool judging = true) =>
        [.. nodes.Select(n => Read(n, what, judging)).OfType<CheckDraft>()];

    /// <summary>Whether the node is a check's name alone.</summary>
    public bool IsCheck(YamlScalar node) => catalog.Checks.ContainsKey(node.Text);

    private CheckDraft? Read(YamlNode node, string what, bool judging)
    {
        if (StepReader.NameOf(node) is not { } name)
        {
            faults.Add(node.Place, $"a check of {what} must be one kind of check, not {node.Form}", "write \"- http: {get: /health}\"");
            return null;
        }

        if (!catalog.Checks.TryGetValue(name.Text, out var check))
        {
            faults.Add(name.Place, $"{what} has {Shown.Quoted(name.Text)}, but no check has that name", NearestName.Remedy(name.Text, catalog.Checks.Keys, "checks"));
            return null;
        }

        var before = faults.Count;
        var called = $"{check.Name} in {what}";
        var (report, value) = TakeReport((node as YamlMap)?.Entries[0].Value, called);
        var parameters = new ParameterReader(check.Name, called, placeholders.Among(BuiltIn), faults, beside: beside).Read(check.Parameters, name.Place, value);
        if (faults.Count == before)
        {
            foreach (var fault in check.Validate(parameters.Json))
                faults.Add(name.Place, $"{called}: {fault.TrimEnd('.')}", null);
            if (judging && !report && !check.Judges(parameters.Json))
                faults.Add(name.Place, $"{called} has no limit: it would always pass", "write below, above or equals, or report: true to only show the value");
        }

        return new CheckDraft(name.Place, check, parameters, report);
    }

    private (bool Report, YamlNode? Value) TakeReport(YamlNode? value, string called)
    {
        if (value is not YamlMap map || map.Find("report") is not { } report) return (false, value);
        return (
            Scalars.YesNo(report.Value, $"\"report\" of {called}", faults) ?? false,
            map with { Entries = [.. map.Entries.Where(e => e != report)] });
    }
}
