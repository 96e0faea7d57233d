using System.Security.Cryptography.X509Certificates;

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

    /// <summary>
    /// Without the package: its one class for the whole API costs megabytes of memory in each pod, and two files need
    /// none of it.
    /// </summary>
    public ClusterWay Way()
    {
        // A faulty authority is said at the start, not at the first call.
        Authorities();
        var sockets = new SocketsHttpHandler();
        // The authority's file is read at each handshake, and those are rare.
        sockets.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => ServerTrust.Demand(certificate, chain, errors, Authorities());
        return new ClusterWay(new Uri(Host + "/"), sockets, new TokenFile(Token).AuthorizeAsync, null);
    }

    private X509Certificate2Collection Authorities()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(Authority);
        return authorities;
    }
}
