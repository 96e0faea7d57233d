using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>A user's client certificate in files, which are renewed while the service runs: read again at each handshake, and those are rare.</summary>
internal sealed class KubeconfigCertificate(string certificate, string key)
{
    /// <summary>Connections are made anew this often, so that a renewed certificate is shown before the old one has expired.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private (string Text, X509Certificate2 Certificate)? current;

    /// <summary>Of a context's user; null when it has none in files.</summary>
    public static KubeconfigCertificate? Find(K8SConfiguration merged, string? context) =>
        KubeconfigFiles.UserOf(merged, context) is { ClientCertificate.Length: > 0, ClientKey.Length: > 0, ClientCertificateData: null or "", ClientKeyData: null or "" } user
            ? new KubeconfigCertificate(user.ClientCertificate, user.ClientKey)
            : null;

    public void Follow(SocketsHttpHandler sockets)
    {
        sockets.PooledConnectionLifetime = ConnectionLife;
        sockets.SslOptions.LocalCertificateSelectionCallback = (_, _, configured, _, _) => Read() ?? (configured is { Count: > 0 } ? configured[0] : null)!;
    }

    // While they are being exchanged, only one of the two may be the new one: then the last that was whole is shown.
    private X509Certificate2? Read()
    {
        lock (gate)
        {
            try
            {
                var (shown, secret) = (File.ReadAllText(certificate), File.ReadAllText(key));
                if (current?.Text == shown + secret)
                    return current?.Certificate;
                current = (shown + secret, ClientCertificate.FromPem(shown, secret));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                // Said by nobody here: the API server refuses what has expired, and that is.
            }

            return current?.Certificate;
        }
    }
}
