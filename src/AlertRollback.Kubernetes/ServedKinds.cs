namespace AlertRollback.Kubernetes;

/// <summary>Kinds whose API version depends on the server's age, best first.</summary>
public static class ServedKinds
{
    public static readonly IReadOnlyList<ResourceKind> CronJobs = [ResourceKind.CronJob, ResourceKind.CronJob with { Version = "v1beta1" }];
    public static readonly IReadOnlyList<ResourceKind> Ingresses = [ResourceKind.Ingress, ResourceKind.Ingress with { Version = "v1beta1" }];

    /// <summary>The first of the kinds that this server has, or null.</summary>
    public static async Task<ResourceKind?> FirstServedAsync(this IKubernetesApi api, IReadOnlyList<ResourceKind> kinds, CancellationToken cancellation)
    {
        foreach (var kind in kinds)
        {
            if (await api.FindKindAsync(kind.ApiVersion, kind.Kind, cancellation).ConfigureAwait(false) is { } served)
                return served;
        }

        return null;
    }
}
