using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>What a workload reads by now in place of the Secret that the matrix names: after a rotation it is one of ours, named after that.</summary>
internal static class SecretLineage
{
    /// <summary>On a Secret of ours: the one that the matrix names, however often it was rotated and whether the ones between still exist.</summary>
    public const string Root = Marks.Prefix + "rotation-of";

    /// <summary>On a Secret of ours: the one it was made in place of.</summary>
    public const string Replaces = Marks.Prefix + "replaces";

    /// <param name="prefix">What the names begin with that we give in its place.</param>
    /// <returns>Their names; several, where parts of the template were left at an earlier one.</returns>
    /// <exception cref="KubernetesException">One cannot be read.</exception>
    public static async Task<IReadOnlyList<string>> ReadByAsync(IKubernetesApi api, JsonObject template, ObjectRef root, string prefix, CancellationToken cancellation)
    {
        var read = ConfigurationReferences.Of(template).Secrets;
        if (read.Contains(root.Name))
            return [root.Name];
        var found = new List<string>();
        foreach (var name in read.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (await api.GetAsync(root with { Name = name }, cancellation) is { } live && (live.Annotation(Root) ?? live.Annotation(Replaces)) == root.Name)
                found.Add(name);
        }

        return found;
    }
}
