using System.Security.Cryptography;
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

    /// <summary>Whom to stand for, where the credentials may: <c>system:serviceaccount:NAMESPACE:NAME</c>. The server adds a service account's groups.</summary>
    public string? As { get; init; }

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
        retry ??= new KubernetesRetry();
        return Find(environment, account) switch
        {
            null => new ClusterChoice(null, "no cluster configured") { NoneIsMeant = true },
            (null, var source) => InPod(account, source, way => Open(way, time, jitter, retry, instrument)),
            (var files, var source) => FromFiles(files, source, time, way => Open(way, time, jitter, retry, instrument)),
        };
    }

    private static ClusterChoice InPod(ServiceAccount account, string source, Func<ClusterWay, KubernetesApi> open)
    {
        if (!account.Exists)
            return new ClusterChoice(null, "the cluster's configuration is faulty: this is no pod: the service account's files or KUBERNETES_SERVICE_HOST are missing");
        try
        {
            return new ClusterChoice(open(account.Way()), source);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            return Unreadable(fault);
        }
    }

    // Apart from the way of a pod, which need not load the package.
    private ClusterChoice FromFiles(string[] files, string source, TimeProvider time, Func<ClusterWay, KubernetesApi> open)
    {
        try
        {
            return new ClusterChoice(open(KubeconfigFiles.Way(files, Context, time)), source);
        }
        catch (KubeConfigException fault)
        {
            // The package puts stack traces of plugins' faults into its messages.
            return new ClusterChoice(null, $"the cluster's configuration is faulty: {fault.Message.Split('\n', 2)[0].Trim()}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException
            or FormatException or ArgumentException or YamlDotNet.Core.YamlException)
        {
            return Unreadable(fault);
        }
    }

    // Parsers quote what they could not read, and that may be a credential: the kind of fault has to do.
    private static ClusterChoice Unreadable(Exception fault) => new(null, fault is FileNotFoundException { FileName: { } file }
        ? $"the cluster's configuration cannot be read: {file} is not there"
        : $"the cluster's configuration cannot be read: {fault.GetType().Name}");

    /// <summary>No files: the cluster this runs in.</summary>
    private (string[]? Files, string Source)? Find(Func<string, string?> environment, ServiceAccount account)
    {
        if (Kubeconfig is not null)
            return ([Kubeconfig], Kubeconfig);
        if (InCluster)
            return (null, InThisCluster);
        if (environment("KUBECONFIG") is { Length: > 0 } list)
            return ([.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(File.Exists)], "KUBECONFIG");
        if (account.Exists)
            return (null, InThisCluster);
        var home = Path.Combine(environment("HOME") ?? "/", ".kube", "config");
        return File.Exists(home) ? ([home], home) : null;
    }

    private KubernetesApi Open(ClusterWay way, TimeProvider time, Func<double> jitter, KubernetesRetry retry, Func<HttpMessageHandler, HttpMessageHandler>? instrument)
    {
        way.Sockets.AllowAutoRedirect = false;
        way.Sockets.ConnectTimeout = TimeSpan.FromSeconds(5);
        var http = new HttpClient(instrument?.Invoke(way.Sockets) ?? way.Sockets) { Timeout = Timeout.InfiniteTimeSpan };
        // The name that TLS asks for and checks is that of this header, where there is one.
        http.DefaultRequestHeaders.Host = way.ServerName;
        foreach (var (name, value) in As is null ? way.As : [("Impersonate-User", As)])
            http.DefaultRequestHeaders.Add(name, value);
        return new KubernetesApi(new ApiTransport(http, way.Root, way.Authorize, retry, time, jitter, way.Renew));
    }
}
