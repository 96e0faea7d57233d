using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads <c>workload:</c> of a service: one kind with <c>namespace/name</c>, and beside it perhaps a cluster.</summary>
internal sealed class WorkloadReader(Filling filling, FaultList faults)
{
    public static readonly IReadOnlyList<string> Kinds = ["deployment", "statefulset", "daemonset", "rollout"];

    private const string Cluster = "cluster";
    private const string Remedy = "write workload: {deployment: namespace/name}";

    public WorkloadDraft? Read(MapReader service, string what)
    {
        if (service.Take("workload") is not { } node) return null;
        var map = node as YamlMap;
        if (map?.Entries.Where(e => e.Key.Text != Cluster).ToList() is not [var (kind, value)])
        {
            faults.Add(node.Place, $"\"workload\" of {what} must name one workload, not {node.Form}", Remedy);
            return null;
        }

        if (!Kinds.Contains(kind.Text))
            faults.Add(kind.Place, $"\"workload\" of {what} has the unknown kind {Shown.Quoted(kind.Text)}", NearestName.Remedy(kind.Text, Kinds, "kinds"));
        var cluster = map.Find(Cluster) is { } named ? Text(named.Value, $"\"cluster\" of the workload of {what}") : null;
        var text = Scalars.Text(value, $"\"{Shown.Clean(kind.Text)}\" of {what}", faults);
        if (text is null || filling.Fill(new Placed(text, value.Place), $"\"workload\" of {what}") is not { } filled) return null;
        if (filled.Text.Split('/') is [var place, var name]) return new WorkloadDraft(value.Place, kind.Text, place, name, cluster);
        faults.Add(value.Place, $"\"workload\" of {what} must be namespace/name, not {Shown.Quoted(filled.Text)}", Remedy);
        return null;
    }

    private Placed? Text(YamlNode node, string what) =>
        filling.Fill(Scalars.Text(node, what, faults) is { } text ? new Placed(text, node.Place) : null, what);
}
