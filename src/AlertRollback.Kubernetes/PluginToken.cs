using System.Net.Http.Headers;
using k8s.Authentication;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>
/// A token that a kubeconfig's exec plugin prints. The package runs the plugin again when the token's own expiry is near,
/// but never because the server refused it; <see cref="Renew"/> makes the next request do so.
/// </summary>
internal sealed class PluginToken(ExternalExecution plugin) : ITokenProvider
{
    private volatile ExecTokenProvider current = new(plugin);

    public void Renew() => current = new(plugin);

    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        current.GetAuthenticationHeaderAsync(cancellationToken);
}
