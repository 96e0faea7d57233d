using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// The object by which Flux or Argo CD knows what to deploy: a Kustomization, a HelmRelease or an Application. While it is
/// suspended, what it deployed stays as it is (S6).
/// </summary>
public sealed record GitopsOwner(ObjectRef Object)
{
    internal const string ArgoCd = "Argo CD application";

    public static readonly ResourceKind Kustomization = new("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations");
    public static readonly ResourceKind HelmRelease = new("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases");
    public static readonly ResourceKind Application = new("argoproj.io", "v1alpha1", "Application", "applications");

    /// <summary>Flux labels what it deploys with their group and name; of both, the first is who deploys.</summary>
    internal static readonly IReadOnlyList<ResourceKind> OfFlux = [Kustomization, HelmRelease];

    private static readonly ResourceKind[] Kinds = [.. OfFlux, Application];
    private static readonly ObjectPath Suspend = ObjectPath.Of("spec", "suspend");
    private static readonly ObjectPath Automated = ObjectPath.Of("spec", "syncPolicy", "automated");

    /// <summary>Of <c>kustomization/flux-system/rental</c>; null: it is no such thing.</summary>
    public static GitopsOwner? Parse(string? text) =>
        text?.Split('/') is [var kind, { Length: > 0 } @namespace, { Length: > 0 } name] && Array.Find(Kinds, k => string.Equals(k.Kind, kind, StringComparison.OrdinalIgnoreCase)) is { } found
            ? new GitopsOwner(new ObjectRef(found, @namespace, name))
            : null;

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public string Address => Object.ToString();

    /// <summary>How it is switched off; for an Application as every version of Argo CD knows it.</summary>
    public Change Suspending => Object.Kind == Application ? new Change(Automated, null) : new Change(Suspend, true);

    /// <summary>Whether it is this one, and nobody besides, that would put back what is changed of the workload.</summary>
    public bool Owns(KubernetesObject live) =>
        Ownership.Of(live) is { HasController: false, Deployer: { } deployer } && (Object.Kind == Application
            // Where applications may be in any namespace, theirs stands before the name.
            ? deployer == $"{ArgoCd} {Object.Name}" || deployer == $"{ArgoCd} {Object.Namespace}_{Object.Name}"
            : deployer == $"{WordOf(Object.Kind)} {Object.Name}" && live.Label($"{Object.Kind.Group}/namespace") == Object.Namespace);

    /// <summary>Its address where it owns the live object; null: the object belongs to nobody, or to somebody else (as well).</summary>
    public static string? Of(GitopsOwner? declared, ObjectRef target, KubernetesObject live) =>
        declared is not null && declared.Object != target && declared.Owns(live) ? declared.Address : null;

    /// <summary>Whether the live object still belongs to whom it was pinned with.</summary>
    internal static bool Owns(string? pinned, KubernetesObject live) => Parse(pinned)?.Owns(live) == true;

    /// <summary>Whether it leaves alone what it deployed.</summary>
    public bool IsSuspended(KubernetesObject live) => Object.Kind == Application
        ? live.At("spec", "syncPolicy", "automated") is not JsonObject automated || (automated["enabled"] is JsonValue enabled && enabled.TryGetValue(out bool on) && !on)
        : live.Flag("spec", "suspend");

    /// <summary>The command that ends the suspension with what <paramref name="live"/> says now.</summary>
    public string Resuming(KubernetesObject live) => Object.Kind == Application
        ? $"argocd app set {Object.Namespace}/{Object.Name} --sync-policy automated{Option(live, "prune", " --auto-prune")}{Option(live, "selfHeal", " --self-heal")}{Option(live, "allowEmpty", " --allow-empty")}"
        : $"flux resume {Object.Kind.Kind.ToLowerInvariant()} {Object.Name} -n {Object.Namespace}";

    private static string Option(KubernetesObject live, string name, string option) => live.Flag("spec", "syncPolicy", "automated", name) ? option : "";

    internal static string WordOf(ResourceKind kind) => kind == Application ? ArgoCd : $"Flux {kind.Kind}";

    public override string ToString() => $"{WordOf(Object.Kind)} {Object.Namespace}/{Object.Name}";

    /// <summary>
    /// Whether nothing but the switch of a Flux object is changed, which whoever deploys that object leaves alone: it puts back
    /// only what stands in its own manifest.
    /// </summary>
    internal static bool IsLeftAlone(ResourceKind kind, KubernetesObject live, IReadOnlyCollection<ObjectPath> places) =>
        OfFlux.Contains(kind) && places.All(p => p == Suspend) && Ownership.Of(live) is { HasController: false } && !IsApplied(live);

    private static bool IsApplied(KubernetesObject live) =>
        live.ManagedFields.Any(m => m["operation"]?.ToString() == "Apply" && m["manager"]?.ToString() != WriteOptions.FieldManager && m["fieldsV1"]?["f:spec"]?["f:suspend"] is not null);
}
