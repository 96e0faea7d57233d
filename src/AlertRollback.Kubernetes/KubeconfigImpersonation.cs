using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>
/// Who a kubeconfig's user wants to be taken for: <c>as</c>, <c>as-groups</c>, <c>as-uid</c>, <c>as-user-extra</c>. Left out, the
/// credential would act with all of its own rights.
/// </summary>
internal static class KubeconfigImpersonation
{
    /// <summary>The headers of every request, as kubectl sends them; none: nobody else.</summary>
    /// <seealso href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"/>
    public static IReadOnlyList<(string Name, string Value)> Find(K8SConfiguration merged, string? context, string? uid)
    {
        if (KubeconfigFiles.UserOf(merged, context) is not { } user)
            return [];
        // Several of one name would be sent as one, which is another group.
        if (user.ImpersonateGroups?.Count() > 1)
            throw new KubeConfigException("as-groups must not name more than one group: give the credential's own user those rights, or none");
        List<(string Name, string? Value)> headers = [("Impersonate-User", user.Impersonate), ("Impersonate-Uid", uid)];
        headers.AddRange((user.ImpersonateGroups ?? []).Select(g => ("Impersonate-Group", (string?)g)));
        headers.AddRange((user.ImpersonateUserExtra ?? new Dictionary<string, string>()).Select(e => ($"Impersonate-Extra-{Uri.EscapeDataString(e.Key.ToLowerInvariant())}", (string?)e.Value)));
        return [.. headers.Where(h => !string.IsNullOrEmpty(h.Value)).Select(h => (h.Name, h.Value!))];
    }
}
