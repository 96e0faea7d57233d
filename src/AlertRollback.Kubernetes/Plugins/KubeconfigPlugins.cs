using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes.Plugins;

/// <summary>Finds the credential plugin of a context's user.</summary>
internal static class KubeconfigPlugins
{
    /// <summary>Takes the plugin out of the configuration, with a token in its place that makes the package content; null when there is none.</summary>
    public static PluginCommand? Take(K8SConfiguration merged, string? context)
    {
        var named = merged.Contexts?.FirstOrDefault(c => c.Name == context)?.ContextDetails;
        var user = merged.Users?.FirstOrDefault(u => u.Name == named?.User)?.UserCredentials;
        if (user?.ExternalExecution is not { } plugin)
            return null;
        user.ExternalExecution = null;
        user.Token = "from-plugin";
        return new PluginCommand(plugin, merged.Clusters?.FirstOrDefault(c => c.Name == named?.Cluster)?.ClusterEndpoint);
    }
}
