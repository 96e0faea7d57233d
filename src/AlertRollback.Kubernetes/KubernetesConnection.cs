using System.Security.Cryptography;
using AlertRollback.Kubernetes.Plugins;
using k8s;
using k8s.Exceptions;

namespace AlertRollback.Kubernetes;

/// <summary>The cluster that was found, or the reason why there is none.</summary>
/// <param name="Source">Where the connection came from, or why there is none; fit for people.</param>
public sealed record ClusterChoice(KubernetesApi? Api, string Source)
{
    /// <summary>Nothing says that there is a cluster, which is not the same as one whose configuration is faulty.</summary>
    public bool NoneIsMeant { get; init; }
}

/// <summary>Which cluster to talk to. With nothing said: <c>KUBECONFIG</c>, the cluster we run in, <c>~/.kube/config</c>.</summary>
public sealed record KubernetesConnection(string? Kubeconfig = null, string? Context = null, bool InCluster = false)
{
    private const string InThisCluster = "in-cluster";

    /// <summary>Where a pod finds its credentials.</summary>
    internal string ServiceAccountFolder { get; init; } = ServiceAccount.DefaultFolder;

    /// <summary>Prepares the connection, without a request. A missing or faulty configuration is an answer, no exception.</summary>
    /// <param name="jitter">From 0 to 1, for the pauses between attempts.</param>
    /// <param name="instrument">Wraps the network's handler, to count calls or to inject faults.</param>
    public ClusterChoice Connect(TimeProvider time, Func<double> jitter, KubernetesRetry? retry = null,
        Func<HttpMessageHandler, HttpMessageHandler>? instrument = null, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var account = new ServiceAccount(ServiceAccountFolder, environment);
        try
        {
            return Find(environment, account, time) is var (configuration, source)
                ? new ClusterChoice(Open(configuration, source == InThisCluster ? account : null, time, jitter, retry ?? new KubernetesRetry(), instrument), source)
                : new ClusterChoice(null, "no cluster configured") { NoneIsMeant = true };
        }
        catch (KubeConfigException fault)
        {
            // The package puts stack traces of plugins' faults into its messages.
            return new ClusterChoice(null, $"the cluster's configuration is faulty: {fault.Message.Split('\n', 2)[0].Trim()}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException
            or FormatException or YamlDotNet.Core.YamlException)
        {
            // Parsers quote what they could not read, and that may be a credential: the kind of fault has to do.
            return new ClusterChoice(null, $"the cluster's configuration cannot be read: {fault.GetType().Name}");
        }
    }

    private (KubernetesClientConfiguration Configuration, string Source)? Find(Func<string, string?> environment, ServiceAccount account, TimeProvider time)
    {
        if (Kubeconfig is not null)
            return (FromFiles([Kubeconfig], time), Kubeconfig);
        if (InCluster)
            return (account.Read(), InThisCluster);
        if (environment("KUBECONFIG") is { Length: > 0 } list)
            return (FromFiles([.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(File.Exists)], time), "KUBECONFIG");
        if (account.Exists)
            return (account.Read(), InThisCluster);
        var home = Path.Combine(environment("HOME") ?? "/", ".kube", "config");
        return File.Exists(home) ? (FromFiles([home], time), home) : null;
    }

    private KubernetesClientConfiguration FromFiles(string[] paths, TimeProvider time)
    {
        var merged = KubeconfigFiles.Load(paths);
        // Before the package sees it: the package would run it at once.
        var plugin = KubeconfigPlugins.Take(merged, Context ?? merged.CurrentContext);
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, Context);
        if (KubeconfigTokenFiles.Find(paths, configuration.CurrentContext) is { } token)
            configuration.TokenProvider = new TokenFile(token);
        else if (plugin is not null)
            configuration.TokenProvider = new CredentialPlugin(plugin, time);
        return configuration;
    }

    private static KubernetesApi Open(KubernetesClientConfiguration configuration, ServiceAccount? account, TimeProvider time, Func<double> jitter,
        KubernetesRetry retry, Func<HttpMessageHandler, HttpMessageHandler>? instrument)
    {
        SocketsHttpHandler? sockets = null;
        configuration.FirstMessageHandlerSetup = handler => sockets = handler;
        var client = new k8s.Kubernetes(configuration);
        sockets!.AllowAutoRedirect = false;
        sockets.ConnectTimeout = TimeSpan.FromSeconds(5);
        account?.FollowAuthority(sockets);
        var http = new HttpClient(instrument?.Invoke(sockets) ?? sockets) { Timeout = Timeout.InfiniteTimeSpan };
        var root = new Uri(configuration.Host.TrimEnd('/') + "/");
        var plugin = configuration.TokenProvider as CredentialPlugin;
        plugin?.FollowCertificate(sockets);
        return new KubernetesApi(new ApiTransport(http, root, client.Credentials, retry, time, jitter, plugin is null ? null : plugin.Renew));
    }
}
