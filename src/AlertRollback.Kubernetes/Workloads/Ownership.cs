using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Which other tool writes to a workload (S6).</summary>
/// <param name="Owner">Who would put back what we change, e.g. <c>Argo CD application rental</c>; null when nobody would.</param>
/// <param name="Warnings">What people should know although it forbids nothing.</param>
public sealed record Ownership(string? Owner, IReadOnlyList<string> Warnings)
{
    /// <summary>The owner where it is a tool that deploys its own version; null for the object whose controller made the workload.</summary>
    public string? Deployer { get; private init; }

    /// <summary>Whether another object's controller made it.</summary>
    public bool HasController { get; private init; }

    public static Ownership Of(KubernetesObject live)
    {
        var (deployer, controller) = (DeployerOf(live), live.Controller);
        return new Ownership(deployer ?? (controller is null ? null : $"{controller["kind"]} {controller["name"]}"), [.. WarningsOf(live)])
        {
            Deployer = deployer,
            HasController = controller is not null,
        };
    }

    private static string? DeployerOf(KubernetesObject live)
    {
        // app.kubernetes.io/instance is no sign of Argo CD: Helm charts set it as well.
        if ((live.Annotation("argocd.argoproj.io/tracking-id")?.Split(':')[0] ?? live.Label("argocd.argoproj.io/instance")
            ?? live.Annotation("argocd.argoproj.io/instance")) is { } application)
            return $"{GitopsOwner.ArgoCd} {application}";
        // With its tracking by label alone, the default until 3.0, only what it wrote gives it away.
        if (TemplateEntries(live).Any(m => m["manager"]?.ToString().StartsWith("argocd-", StringComparison.Ordinal) == true))
            return $"{GitopsOwner.ArgoCd} {live.Label("app.kubernetes.io/instance") ?? "unknown"}";
        foreach (var kind in GitopsOwner.OfFlux)
            if (live.Label($"{kind.Group}/name") is { } name)
                return $"{GitopsOwner.WordOf(kind)} {name}";
        return live.Annotation("configmanagement.gke.io/managed") == "enabled" ? "Config Sync" : null;
    }

    private static IEnumerable<string> WarningsOf(KubernetesObject live)
    {
        if (live.Annotation("meta.helm.sh/release-name") is { } release)
            yield return $"Helm release {release} does not know of this undo: the next helm upgrade starts from its own record.";
        else if (live.Label("app.kubernetes.io/managed-by") == "Helm")
            yield return "Helm does not know of this undo: the next helm upgrade starts from its own record.";

        foreach (var manager in ApplyManagers(live))
            yield return $"The next server-side apply by {manager} will conflict with this undo until it forces conflicts.";
    }

    private static IEnumerable<string> ApplyManagers(KubernetesObject live) =>
        TemplateEntries(live)
            .Where(m => m["operation"]?.ToString() == "Apply")
            .Select(m => m["manager"]?.ToString() ?? "")
            .Where(m => m.Length > 0 && m != WriteOptions.FieldManager)
            .Distinct(StringComparer.Ordinal);

    // Who wrote a part of the pod template.
    private static IEnumerable<JsonObject> TemplateEntries(KubernetesObject live) =>
        live.ManagedFields.Where(m => m["fieldsV1"]?["f:spec"]?["f:template"] is not null);
}
