using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one entry under <c>services:</c>; what it does not say, <c>service_defaults</c> may.</summary>
internal sealed class ServiceReader(YamlMap? defaults, FaultList faults)
{
    public static readonly IReadOnlyList<string> WorkloadKinds = ["deployment", "statefulset", "daemonset"];

    public ServiceDraft Read(YamlEntry entry)
    {
        var what = $"service {Shown.Quoted(entry.Key.Text)}";
        if (entry.Value is not YamlMap own)
        {
            faults.Add(entry.Value.Place, $"{what} must be a mapping, not {entry.Value.Form}", "write {} when the defaults say it all");
            return new ServiceDraft(entry.Key, null, null, null, null, TimeSpan.Zero);
        }

        var map = new MapReader(own, what, faults, defaults);
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { [Placeholders.Service] = entry.Key.Text };
        var workload = ReadWorkload(map, what, values);
        if (workload is not null) values[Placeholders.Namespace] = workload.Namespace;

        var page = map.Map("statuspage");
        var service = new ServiceDraft(
            entry.Key,
            workload,
            Filled(map.Text("url"), map.Name("url"), values),
            Filled(map.Text("slack"), map.Name("slack"), values),
            Filled(page?.RequiredText("component", "name the component as the operator does"), $"\"component\" of {what}", values),
            page?.Duration("publish_after") ?? TimeSpan.Zero);
        page?.Done();
        map.Done();
        return service;
    }

    private WorkloadDraft? ReadWorkload(MapReader service, string what, Dictionary<string, string> values)
    {
        const string remedy = "write workload: {deployment: namespace/name}";
        if (service.Take("workload") is not { } node) return null;
        if (node is not YamlMap { Entries: [var (kind, value)] })
        {
            faults.Add(node.Place, $"\"workload\" of {what} must name one workload, not {node.Form}", remedy);
            return null;
        }

        if (!WorkloadKinds.Contains(kind.Text))
            faults.Add(kind.Place, $"\"workload\" of {what} has the unknown kind {Shown.Quoted(kind.Text)}", NearestName.Remedy(kind.Text, WorkloadKinds, "kinds"));
        var text = Scalars.Text(value, $"\"{Shown.Clean(kind.Text)}\" of {what}", faults);
        if (text is null || Filled(new Placed(text, value.Place), $"\"workload\" of {what}", values) is not { } filled) return null;
        if (filled.Text.Split('/') is [var place, var name]) return new WorkloadDraft(value.Place, kind.Text, place, name);
        faults.Add(value.Place, $"\"workload\" of {what} must be namespace/name, not {Shown.Quoted(filled.Text)}", remedy);
        return null;
    }

    private Placed? Filled(Placed? text, string what, Dictionary<string, string> values)
    {
        if (text is null) return null;
        var before = faults.Count;
        PlaceholderRule.Check(text, what, [.. values.Keys], faults);
        return faults.Count > before ? null : text with { Text = Placeholders.Fill(text.Text, values, Placeholders.AsIs) };
    }
}
