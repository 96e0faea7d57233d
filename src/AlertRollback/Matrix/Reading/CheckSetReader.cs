using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads the named sets under <c>checks:</c>.</summary>
internal sealed class CheckSetReader(Catalog catalog, FaultList faults)
{
    public CheckSetDraft Read(YamlEntry entry)
    {
        var what = $"check set {Shown.Quoted(entry.Key.Text)}";
        if (MapReader.Of(entry.Value, what, faults) is not { } map)
            return new CheckSetDraft(entry.Key, CheckSetDefinition.DefaultWithin, CheckSetDefinition.DefaultEvery, []);
        map.Required("all", "list the checks that must all pass");
        var set = new CheckSetDraft(
            entry.Key,
            map.Duration("within") ?? CheckSetDefinition.DefaultWithin,
            map.Duration("every") ?? CheckSetDefinition.DefaultEvery,
            [.. map.List("all").Select(c => ReadCheck(c, what)).OfType<CheckDraft>()]);
        if (map.Take("all") is YamlList { Items: [] } empty) faults.Add(empty.Place, $"{what} asks nothing", "list at least one check");
        if (set.Every <= TimeSpan.Zero || set.Every > set.Within)
            faults.Add(map.PlaceOf("every") ?? map.PlaceOf("within") ?? map.Place, $"\"every\" of {what} must be more than 0s and at most \"within\"", "write for example within: 5m, every: 5s");
        map.Done();
        return set;
    }

    private CheckDraft? ReadCheck(YamlNode node, string what)
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
        var parameters = new ParameterReader(check.Name, called, check.Parameters, faults).Read(name.Place, value);
        if (faults.Count == before)
        {
            foreach (var fault in check.Validate(parameters.Json))
                faults.Add(name.Place, $"{called}: {fault.TrimEnd('.')}", null);
            if (!report && !check.Judges(parameters.Json))
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
