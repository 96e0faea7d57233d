using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// The object by which Flux or Argo CD knows what to deploy: a Kustomization, a HelmRelease or an Application. While it is
/// suspended, what it deployed stays as it is (S6).
/// </summary>
public sealed record GitopsOwner(ObjectRef Object)
{
    private const string FluxKustomize = "kustomize.toolkit.fluxcd.io";
    private const string FluxHelm = "helm.toolkit.fluxcd.io";

    public static readonly ResourceKind Kustomization = new(FluxKustomize, "v1", "Kustomization", "kustomizations");
    public static readonly ResourceKind HelmRelease = new(FluxHelm, "v2", "HelmRelease", "helmreleases");
    public static readonly ResourceKind Application = new("argoproj.io", "v1alpha1", "Application", "applications");

    private static readonly ResourceKind[] Kinds = [Kustomization, HelmRelease, Application];
    private static readonly ObjectPath Suspend = ObjectPath.Of("spec", "suspend");
    private static readonly ObjectPath Automated = ObjectPath.Of("spec", "syncPolicy", "automated");

    /// <summary>Of <c>kustomization/flux-system/rental</c>; null: it is no such thing.</summary>
    public static GitopsOwner? Parse(string? text) =>
        text?.Split('/') is [var kind, { Length: > 0 } @namespace, { Length: > 0 } name] && Array.Find(Kinds, k => string.Equals(k.Kind, kind, StringComparison.OrdinalIgnoreCase)) is { } found
            ? new GitopsOwner(new ObjectRef(found, @namespace, name))
            : null;

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public string Address => Object.ToString();

    /// <summary>What switches it off, and would have to be switched on again.</summary>
    public ObjectPath Switch => Object.Kind == Application ? Automated : Suspend;

    /// <summary>How it is switched off; for an Application as every version of Argo CD knows it.</summary>
    public Change Suspending => Object.Kind == Application ? new Change(Automated, null) : new Change(Suspend, true);

    /// <summary>Whether it is this one, and nobody besides, that would put back what is changed of the workload.</summary>
    public bool Owns(KubernetesObject live) =>
        Ownership.Of(live) is { HasController: false, Deployer: { } deployer } && Object.Kind.Kind switch
        {
            "Kustomization" => deployer == $"Flux Kustomization {Object.Name}" && live.Label($"{FluxKustomize}/namespace") == Object.Namespace,
            "HelmRelease" => deployer == $"Flux HelmRelease {Object.Name}" && live.Label($"{FluxHelm}/namespace") == Object.Namespace,

            // Where applications may be in any namespace, theirs stands before the name.
            _ => deployer == $"Argo CD application {Object.Name}" || deployer == $"Argo CD application {Object.Namespace}_{Object.Name}",
        };

    /// <summary>Whether it leaves alone what it deployed.</summary>
    public bool IsSuspended(KubernetesObject live) => Object.Kind == Application
        ? live.At("spec", "syncPolicy", "automated") is not JsonObject automated || (automated["enabled"] is JsonValue enabled && enabled.TryGetValue(out bool on) && !on)
        : live.Flag("spec", "suspend");

    /// <summary>The command that ends the suspension with what <paramref name="live"/> says now.</summary>
    public string Resuming(KubernetesObject live) => Object.Kind == Application
        ? $"argocd app set {Object.Namespace}/{Object.Name} --sync-policy automated{Option(live, "prune", " --auto-prune")}{Option(live, "selfHeal", " --self-heal")}{Option(live, "allowEmpty", " --allow-empty")}"
        : $"flux resume {Object.Kind.Kind.ToLowerInvariant()} {Object.Name} -n {Object.Namespace}";

    private static string Option(KubernetesObject live, string name, string option) => live.Flag("spec", "syncPolicy", "automated", name) ? option : "";

    public override string ToString() => $"{(Object.Kind == Application ? "Argo CD application" : $"Flux {Object.Kind.Kind}")} {Object.Namespace}/{Object.Name}";

    /// <summary>
    /// Whether nothing but the switch of a Flux object is changed, which whoever deploys that object leaves alone: it puts back
    /// only what stands in its own manifest.
    /// </summary>
    internal static bool IsLeftAlone(ResourceKind kind, KubernetesObject live, IReadOnlyCollection<ObjectPath> places) =>
        (kind == Kustomization || kind == HelmRelease) && places.All(p => p == Suspend) && Ownership.Of(live) is { HasController: false } && !IsApplied(live);

    private static bool IsApplied(KubernetesObject live) =>
        (live.At("metadata", "managedFields") as JsonArray ?? []).OfType<JsonObject>()
            .Any(m => m["operation"]?.ToString() == "Apply" && m["manager"]?.ToString() != WriteOptions.FieldManager && m["fieldsV1"]?["f:spec"]?["f:suspend"] is not null);
}
