using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Manifests;

/// <summary>A manifest and the object that it means.</summary>
internal sealed record ManifestTarget(ObjectRef Object, Manifest Manifest);

/// <summary>Manifests as parameters have them, and which objects they mean: in the service's namespace, of kinds that are granted.</summary>
internal static class ManifestTargets
{
    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("file", ParameterType.Files, "Files with manifests, one or several documents each.", Example: "network-partition.yml"),
        new("manifest", ParameterType.Mapping, "One manifest, or a list of them.", Example: "{apiVersion: v1, kind: ConfigMap, metadata: {name: emergency}, data: {READ_ONLY: \"true\"}}"),
    ];

    /// <summary>All manifests of the parameters, and all their faults in words.</summary>
    public static (IReadOnlyList<Manifest> Manifests, IReadOnlyList<string> Faults) Of(JsonObject parameters)
    {
        var (manifests, faults) = (new List<Manifest>(), new List<string>());
        foreach (var file in (parameters["file"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (read, wrong) = ManifestReader.Read(file["file"]!.GetValue<string>(), file["text"]!.GetValue<string>());
            manifests.AddRange(read);
            faults.AddRange(wrong);
        }

        foreach (var inline in parameters["manifest"] is JsonArray several ? several.ToList() : [parameters["manifest"]])
        {
            if (inline is JsonObject json)
                manifests.Add(Manifest.Of("manifest", json));
            else if (inline is not null)
                faults.Add("\"manifest\" is one manifest or a list of them");
        }

        faults.AddRange(manifests.Where(m => m.Source == "manifest").Select(m => m.Fault()).OfType<string>());
        faults.AddRange(manifests.Where(m => m.IsSecret).Select(m => $"{m.Source}: the values of a Secret must not stand beside a matrix; let the operator grant its file, and write secret: NAME"));
        return (manifests, faults);
    }

    /// <summary>Kinds that have to be granted.</summary>
    public static IEnumerable<(Grant Grant, string Name)> Needs(JsonObject parameters) =>
        Of(parameters).Manifests.Where(m => m.Fault() is null && !m.IsSecret).Select(m => GrantedKinds.Needed(m.ApiVersion, m.Kind)).OfType<string>().Distinct().Select(k => (Grant.Kind, k));

    /// <summary>
    /// What a step or check has to be allowed for each manifest. Not for kinds that are not ordinary ones: what they are called
    /// in the cluster, it alone knows; nor for Secrets, which stand in the operator's own files.
    /// </summary>
    public static IEnumerable<NeededRight> Rights(JsonObject parameters, Func<ResourceKind, string, IEnumerable<NeededRight>> rights) =>
        from manifest in Of(parameters).Manifests
        where manifest.Fault() is null
        let kind = GrantedKinds.OrdinaryOf(manifest.ApiVersion, manifest.Kind)
        where kind is not null
        from right in rights(kind, manifest.Name)
        select right;

    /// <summary>The objects, or why one of them must not be touched.</summary>
    /// <param name="fill">Fills the placeholders of inline manifests; files stay as they are written.</param>
    /// <exception cref="KubernetesException">The cluster cannot be asked.</exception>
    public static async Task<(IReadOnlyList<ManifestTarget> Targets, PinOutcome.Refused? Refused)> FindAsync(
        IKubernetesApi api, GrantedKinds kinds, ServiceDefinition service, JsonObject parameters, Func<string, string> fill, CancellationToken cancellation)
    {
        if ((service.Workload?.Namespace ?? service.Namespace) is not { } @namespace)
            return ([], new PinOutcome.Refused(Reason.WorkloadNotDeclared, $"service {service.Name} declares neither a workload nor a namespace"));
        var targets = new List<ManifestTarget>();
        foreach (var written in Of(parameters).Manifests)
        {
            var manifest = written.Source == "manifest" ? written with { Json = (JsonObject)FilledJson.Of(written.Json, fill)! } : written;
            var kind = await kinds.FindAsync(api, service.Team, manifest.ApiVersion, manifest.Kind, cancellation);
            if (kind.Kind is null)
                return ([], kind.Refused! with { Text = $"{manifest.Source}: {kind.Refused.Text}" });
            if (Elsewhere(manifest, kind.Kind, @namespace) is { } elsewhere)
                return ([], elsewhere);
            targets.Add(new ManifestTarget(new ObjectRef(kind.Kind, kind.Kind.Namespaced ? @namespace : "", manifest.Name), manifest));
        }

        return targets.GroupBy(t => t.Object).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? ([], new PinOutcome.Refused(Reason.Ambiguous, $"{twice.Key} stands there twice"))
            : (targets, null);
    }

    public static PinOutcome.Refused? Elsewhere(Manifest manifest, ResourceKind kind, string @namespace) =>
        !ServiceObject.IsName(manifest.Name) ? new(Reason.NotFound, $"{manifest.Source}: \"{manifest.Name}\" cannot be the name of a {manifest.Kind}")
        : kind.Namespaced && manifest.Namespace.Length > 0 && manifest.Namespace != @namespace
            ? new(Reason.NotGranted, $"{manifest.Source}: it is for the namespace {manifest.Namespace}, and the service is in {@namespace}")
            : null;
}
