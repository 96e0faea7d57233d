namespace AlertRollback.Kubernetes;

/// <summary>A kind of Kubernetes object and where its API lives, e.g. <c>apps/v1 deployments</c>.</summary>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool Namespaced = true)
{
    public static readonly ResourceKind Deployment = new("apps", "v1", "Deployment", "deployments");
    public static readonly ResourceKind StatefulSet = new("apps", "v1", "StatefulSet", "statefulsets");
    public static readonly ResourceKind DaemonSet = new("apps", "v1", "DaemonSet", "daemonsets");
    public static readonly ResourceKind ReplicaSet = new("apps", "v1", "ReplicaSet", "replicasets");
    public static readonly ResourceKind ControllerRevision = new("apps", "v1", "ControllerRevision", "controllerrevisions");
    public static readonly ResourceKind Pod = new("", "v1", "Pod", "pods");
    public static readonly ResourceKind Event = new("", "v1", "Event", "events");
    public static readonly ResourceKind ConfigMap = new("", "v1", "ConfigMap", "configmaps");
    public static readonly ResourceKind Secret = new("", "v1", "Secret", "secrets");
    public static readonly ResourceKind Service = new("", "v1", "Service", "services");
    public static readonly ResourceKind Node = new("", "v1", "Node", "nodes", Namespaced: false);
    public static readonly ResourceKind Ingress = new("networking.k8s.io", "v1", "Ingress", "ingresses");
    public static readonly ResourceKind NetworkPolicy = new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies");
    public static readonly ResourceKind Job = new("batch", "v1", "Job", "jobs");
    public static readonly ResourceKind CronJob = new("batch", "v1", "CronJob", "cronjobs");
    public static readonly ResourceKind Rollout = new("argoproj.io", "v1alpha1", "Rollout", "rollouts");
    public static readonly ResourceKind PodMetrics = new("metrics.k8s.io", "v1beta1", "PodMetrics", "pods");
    public static readonly ResourceKind NodeMetrics = new("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", Namespaced: false);
    public static readonly ResourceKind Namespace = new("", "v1", "Namespace", "namespaces", Namespaced: false);
    public static readonly ResourceKind HorizontalPodAutoscaler = new("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers");

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The collection's path, without a leading slash: <c>apis/apps/v1/namespaces/shop/deployments</c>.</summary>
    public string CollectionPath(string? @namespace)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return Namespaced && !string.IsNullOrEmpty(@namespace)
            ? $"{root}/namespaces/{Uri.EscapeDataString(@namespace)}/{Plural}"
            : $"{root}/{Plural}";
    }
}

/// <summary>One object's address: kind, namespace and name.</summary>
public sealed record ObjectRef(ResourceKind Kind, string Namespace, string Name)
{
    /// <summary>The object's path, without a leading slash.</summary>
    public string Path => $"{Kind.CollectionPath(Namespace)}/{Uri.EscapeDataString(Name)}";

    public override string ToString() => $"{Kind.Kind.ToLowerInvariant()}/{Namespace}/{Name}";
}
