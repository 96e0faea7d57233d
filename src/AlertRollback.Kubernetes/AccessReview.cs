using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>Asks the API server what one may do, as <c>kubectl auth can-i</c> does. Nothing is written.</summary>
public static class AccessReview
{
    private static readonly ResourceKind Kind = new("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", Namespaced: false);

    /// <summary>Whether whoever the connection stands for may do this in a namespace.</summary>
    /// <param name="resource">The plural, with its subresource: <c>deployments</c>, <c>pods/eviction</c>.</param>
    /// <param name="name">The object; null: any.</param>
    /// <exception cref="KubernetesException">It cannot be asked, e.g. because the connection may not stand for somebody else.</exception>
    public static async Task<bool> MayAsync(this IKubernetesApi api, string verb, string group, string resource, string? name, string @namespace, CancellationToken cancellation)
    {
        var parts = resource.Split('/', 2);
        var asked = new JsonObject
        {
            ["namespace"] = @namespace,
            ["verb"] = verb,
            ["group"] = group,
            ["resource"] = parts[0],
            ["name"] = name,
            ["subresource"] = parts.ElementAtOrDefault(1),
        };
        var review = new JsonObject { ["apiVersion"] = Kind.ApiVersion, ["kind"] = Kind.Kind, ["spec"] = new JsonObject { ["resourceAttributes"] = asked } };
        return (await api.CreateAsync(Kind, "", review, new WriteOptions(), cancellation).ConfigureAwait(false)).At("status", "allowed")?.GetValue<bool>() == true;
    }
}
