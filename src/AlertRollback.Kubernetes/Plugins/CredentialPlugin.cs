using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using k8s.Authentication;

namespace AlertRollback.Kubernetes.Plugins;

/// <summary>
/// Credentials that a kubeconfig's plugin prints, kept until they expire or the server refuses them. Requests that come
/// while it runs wait for the same run.
/// </summary>
internal sealed class CredentialPlugin(PluginCommand command, TimeProvider time) : ITokenProvider
{
    /// <summary>A request takes a moment to arrive, and clocks differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    /// <summary>Connections are made anew this often, so that a renewed certificate is shown before the old one has expired.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private PluginCredential? current;
    private Task<PluginCredential>? running;

    /// <summary>The next request runs the plugin again.</summary>
    public void Renew()
    {
        lock (gate)
            current = null;
    }

    public async Task<AuthenticationHeaderValue?> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        var credential = await Get().WaitAsync(cancellationToken).ConfigureAwait(false);
        return credential.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
    }

    /// <summary>Shows the newest certificate at each handshake; a plugin that prints only tokens leaves it empty.</summary>
    public void FollowCertificate(SocketsHttpHandler sockets)
    {
        sockets.PooledConnectionLifetime = ConnectionLife;
        sockets.SslOptions.LocalCertificateSelectionCallback = (_, _, configured, _, _) => Certificate ?? (configured is { Count: > 0 } ? configured[0] : null)!;
    }

    private X509Certificate2? Certificate
    {
        get
        {
            lock (gate)
                return current?.Certificate;
        }
    }

    private Task<PluginCredential> Get()
    {
        lock (gate)
        {
            if (current is { } kept && IsFresh(kept))
                return Task.FromResult(kept);
            return running ??= Task.Run(RunAsync);
        }
    }

    private bool IsFresh(PluginCredential kept) =>
        kept.Expires is not { } end || time.GetUtcNow() + Margin + (kept.Certificate is null ? TimeSpan.Zero : ConnectionLife) < end;

    private async Task<PluginCredential> RunAsync()
    {
        try
        {
            using var late = new CancellationTokenSource(Longest, time);
            var credential = PluginCredential.Parse(await command.RunAsync(late.Token).ConfigureAwait(false), command.ApiVersion);
            lock (gate)
                current = credential;
            return credential;
        }
        catch (OperationCanceledException)
        {
            throw new PluginException($"the credential plugin {command.Name} failed: it did not end within {Longest.TotalSeconds:0} s");
        }
        catch (PluginException fault)
        {
            throw new PluginException($"the credential plugin {command.Name} failed: {fault.Message}", fault);
        }
        finally
        {
            lock (gate)
                running = null;
        }
    }
}
