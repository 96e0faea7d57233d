using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>The cluster that was found, or the reason why there is none.</summary>
/// <param name="Source">Where the connection came from, or why there is none; fit for people.</param>
public sealed record ClusterChoice(KubernetesApi? Api, string Source);

/// <summary>Which cluster to talk to. With nothing said: <c>KUBECONFIG</c>, the cluster we run in, <c>~/.kube/config</c>.</summary>
public sealed record KubernetesConnection(string? Kubeconfig = null, string? Context = null, bool InCluster = false)
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Prepares the connection, without a request. A missing or faulty configuration is an answer, no exception.</summary>
    /// <param name="jitter">From 0 to 1, for the pauses between attempts.</param>
    /// <param name="instrument">Wraps the network's handler, to count calls or to inject faults.</param>
    public ClusterChoice Connect(TimeProvider time, Func<double> jitter, KubernetesRetry? retry = null,
        Func<HttpMessageHandler, HttpMessageHandler>? instrument = null, Func<string, string?>? environment = null)
    {
        try
        {
            return Find(environment ?? Environment.GetEnvironmentVariable) is var (configuration, source)
                ? new ClusterChoice(Open(configuration, source == "in-cluster", time, jitter, retry ?? new KubernetesRetry(), instrument), source)
                : new ClusterChoice(null, "no cluster configured");
        }
        catch (KubeConfigException fault)
        {
            return new ClusterChoice(null, $"the cluster's configuration is faulty: {fault.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException
            or FormatException or YamlDotNet.Core.YamlException)
        {
            // Parsers quote what they could not read, and that may be a credential: the kind of fault has to do.
            return new ClusterChoice(null, $"the cluster's configuration cannot be read: {fault.GetType().Name}");
        }
    }

    private (KubernetesClientConfiguration Configuration, string Source)? Find(Func<string, string?> environment)
    {
        if (Kubeconfig is not null)
            return (FromFiles([Kubeconfig]), Kubeconfig);
        if (InCluster)
            return (FromServiceAccount(), "in-cluster");
        if (environment("KUBECONFIG") is { Length: > 0 } list)
            return (FromFiles([.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(File.Exists)]), "KUBECONFIG");
        if (KubernetesClientConfiguration.IsInCluster())
            return (FromServiceAccount(), "in-cluster");
        var home = Path.Combine(environment("HOME") ?? "/", ".kube", "config");
        return File.Exists(home) ? (FromFiles([home]), home) : null;
    }

    private KubernetesClientConfiguration FromFiles(string[] paths)
    {
        if (paths.Length == 0)
            throw new KubeConfigException("none of the kubeconfig files exists");
        var merged = paths.Select(path => KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(path), true)).Aggregate(Merge);
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, Context);
        if (KubeconfigTokenFiles.Find(paths, configuration.CurrentContext) is { } token)
            configuration.TokenProvider = new TokenFile(token);
        return configuration;
    }

    /// <summary>What comes first wins, as in kubectl: entries are looked up by name, from the start.</summary>
    private static K8SConfiguration Merge(K8SConfiguration first, K8SConfiguration second)
    {
        first.Contexts = [.. first.Contexts ?? [], .. second.Contexts ?? []];
        first.Clusters = [.. first.Clusters ?? [], .. second.Clusters ?? []];
        first.Users = [.. first.Users ?? [], .. second.Users ?? []];
        first.CurrentContext ??= second.CurrentContext;
        return first;
    }

    private static KubernetesClientConfiguration FromServiceAccount()
    {
        var configuration = KubernetesClientConfiguration.InClusterConfig();
        configuration.TokenProvider = new TokenFile(Path.Combine(ServiceAccount, "token"));
        return configuration;
    }

    private static KubernetesApi Open(KubernetesClientConfiguration configuration, bool inCluster, TimeProvider time, Func<double> jitter,
        KubernetesRetry retry, Func<HttpMessageHandler, HttpMessageHandler>? instrument)
    {
        SocketsHttpHandler? sockets = null;
        configuration.FirstMessageHandlerSetup = handler => sockets = handler;
        var client = new k8s.Kubernetes(configuration);
        sockets!.AllowAutoRedirect = false;
        sockets.ConnectTimeout = TimeSpan.FromSeconds(5);
        if (inCluster)
            FollowCertificateAuthority(sockets);
        var http = new HttpClient(instrument?.Invoke(sockets) ?? sockets) { Timeout = Timeout.InfiniteTimeSpan };
        var root = new Uri(configuration.Host.TrimEnd('/') + "/");
        return new KubernetesApi(new ApiTransport(http, root, client.Credentials, retry, time, jitter));
    }

    /// <summary>The cluster's authority rotates like the token does; the package reads it once. Handshakes are rare.</summary>
    private static void FollowCertificateAuthority(SocketsHttpHandler sockets) =>
        sockets.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(Path.Combine(ServiceAccount, "ca.crt"));
            return k8s.Kubernetes.CertificateValidationCallBack(sender, authorities, certificate!, chain!, errors);
        };
}
