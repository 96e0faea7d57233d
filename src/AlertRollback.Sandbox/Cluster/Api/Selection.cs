using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Which objects a list or a watch is about.</summary>
internal sealed record Selection(ResourceKind Kind, string Namespace, LabelSelector Labels, IReadOnlyList<FieldTerm> Fields)
{
    public static Selection Of(ApiRequest request)
    {
        var labels = LabelSelector.Parse(request.Query("labelSelector"))
            ?? throw ApiRefusal.BadRequest("unable to parse requirement: found something else than an identifier in the label selector");
        var fields = FieldTerm.Parse(request.Kind, request.Query("fieldSelector"));
        return new Selection(request.Kind, request.Namespace, labels, fields);
    }

    public bool Matches(StoredObject candidate) => candidate.Kind == Kind
        && (Namespace.Length == 0 || candidate.Namespace == Namespace)
        && Labels.Matches(candidate.Labels)
        && Fields.All(f => f.Matches(candidate));
}

/// <summary>One term of a field selector: <c>metadata.name=web</c>.</summary>
internal sealed record FieldTerm(string[] Path, bool Equal, string Value)
{
    private static readonly string[] Everywhere = ["metadata.name", "metadata.namespace"];
    private static readonly string[] OfPods = ["spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"];
    private static readonly string[] OfEvents =
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.fieldPath",
        "reason", "type", "source",
    ];

    public bool Matches(StoredObject candidate) => ((candidate.Json.At(Path)?.ToString() ?? "") == Value) == Equal;

    public static IReadOnlyList<FieldTerm> Parse(ResourceKind kind, string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => One(kind, t))];

    private static FieldTerm One(ResourceKind kind, string text)
    {
        var equal = !text.Contains("!=", StringComparison.Ordinal);
        var parts = text.Split(equal ? '=' : '!', 2);
        if (parts.Length < 2) throw ApiRefusal.BadRequest($"invalid selector: '{text}'; can't understand '{text}'");
        var known = kind == ResourceKind.Pod ? [.. Everywhere, .. OfPods] : kind == ResourceKind.Event ? [.. Everywhere, .. OfEvents] : Everywhere;
        if (!known.Contains(parts[0]))
        {
            var list = string.Join(", ", Everywhere.Select(f => $"\"{f}\""));
            throw ApiRefusal.BadRequest($"\"{parts[0]}\" is not a known field selector: only {list}");
        }

        return new FieldTerm(parts[0].Split('.'), equal, parts[1].TrimStart('='));
    }
}
