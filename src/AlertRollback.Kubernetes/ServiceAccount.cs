using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Exceptions;

namespace AlertRollback.Kubernetes;

/// <summary>The credentials that a pod is given. Token and authority are files that the kubelet rotates.</summary>
internal sealed class ServiceAccount(string folder, Func<string, string?> environment)
{
    public const string DefaultFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    private string Token => Path.Combine(folder, "token");
    private string Authority => Path.Combine(folder, "ca.crt");

    public bool Exists => Host is not null && File.Exists(Token) && File.Exists(Authority);

    private string? Host => environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 } host && environment("KUBERNETES_SERVICE_PORT") is { Length: > 0 } port
        ? $"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}"
        : null;

    public KubernetesClientConfiguration Read()
    {
        if (!Exists)
            throw new KubeConfigException("this is no pod: the service account's files or KUBERNETES_SERVICE_HOST are missing");
        return new KubernetesClientConfiguration { Host = Host, SslCaCerts = Authorities(), TokenProvider = new TokenFile(Token) };
    }

    /// <summary>The package reads the authority once; we do at each handshake, and those are rare.</summary>
    public void FollowAuthority(SocketsHttpHandler sockets) =>
        sockets.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            k8s.Kubernetes.CertificateValidationCallBack(sender, Authorities(), certificate!, chain!, errors);

    private X509Certificate2Collection Authorities()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(Authority);
        return authorities;
    }
}
