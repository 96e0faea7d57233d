using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AlertRollback.Kubernetes.Plugins;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>One kubeconfig out of several files, as kubectl merges them: what comes first wins.</summary>
internal static class KubeconfigFiles
{
    public static ClusterWay Way(string[] paths, string? context, TimeProvider time)
    {
        var merged = Load(paths);
        // Before the package sees it: the package would run it at once.
        var plugin = KubeconfigPlugins.Take(merged, context ?? merged.CurrentContext) is { } command ? new CredentialPlugin(command, time) : null;
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, context);
        if (plugin is not null)
            configuration.TokenProvider = plugin;
        var root = Root(configuration.Host);
        var sockets = Sockets(configuration);
        plugin?.FollowCertificate(sockets);
        if (plugin is null)
            KubeconfigCertificate.Find(merged, configuration.CurrentContext)?.Follow(sockets);
        var leftOut = KubeconfigLeftOut.Find(paths, configuration.CurrentContext);
        if (leftOut.Proxy is { } proxy)
            sockets.Proxy = ProxyOf(proxy);
        return new ClusterWay(
            root,
            sockets,
            leftOut.TokenFile is { } token ? new TokenFile(token).AuthorizeAsync : Credentials(configuration) is { } credentials ? credentials.ProcessHttpRequestAsync : null,
            plugin is null ? null : plugin.Renew)
        {
            ServerName = string.IsNullOrEmpty(configuration.TlsServerName) ? null : configuration.TlsServerName,
            As = KubeconfigImpersonation.Find(merged, configuration.CurrentContext, leftOut.Uid),
        };
    }

    private static Uri Root(string? host) => string.IsNullOrWhiteSpace(host)
        ? throw new KubeConfigException("the cluster has no server")
        : Uri.TryCreate(host.TrimEnd('/') + "/", UriKind.Absolute, out var root) && root.Scheme is "http" or "https" ? root
        : throw new KubeConfigException("the cluster's server is no address");

    // Not by the package's class for the whole API: as in a pod, it would cost megabytes of memory, and takes any certificate of the
    // authority for the server's, whoever that was given to.
    private static SocketsHttpHandler Sockets(KubernetesClientConfiguration configuration)
    {
        var sockets = new SocketsHttpHandler();
        sockets.SslOptions.ClientCertificates = Own(configuration) is { } own ? [own] : [];
        if (configuration.SkipTlsVerify)
            sockets.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        else if (configuration.SslCaCerts is { } authorities)
            sockets.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => ServerTrust.Demand(certificate, chain, errors, authorities);
        return sockets;
    }

    private static X509Certificate2? Own(KubernetesClientConfiguration configuration) =>
        Pem(configuration.ClientCertificateData, configuration.ClientCertificateFilePath) is { } certificate && Pem(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath) is { } key
            ? ClientCertificate.FromPem(certificate, key)
            : null;

    private static string? Pem(string? data, string? file) =>
        !string.IsNullOrEmpty(data) ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : !string.IsNullOrEmpty(file) ? File.ReadAllText(file)
        : null;

    private static ServiceClientCredentials? Credentials(KubernetesClientConfiguration configuration) => configuration switch
    {
        { TokenProvider: { } provider } => new TokenCredentials(provider),
        { AccessToken: { Length: > 0 } token } => new TokenCredentials(token),
        { Username: { Length: > 0 } user } => new BasicAuthenticationCredentials { UserName = user, Password = configuration.Password },
        _ => null,
    };

    private static WebProxy ProxyOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5"
        ? new WebProxy(proxy) { Credentials = UserOf(proxy) }
        : throw new KubeConfigException("proxy-url must begin with http://, https:// or socks5://");

    private static NetworkCredential? UserOf(Uri proxy) => proxy.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password]
        ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(string.Concat(password)))
        : null;

    /// <summary>The credentials of a context's user; null: it names none that is there.</summary>
    public static UserCredentials? UserOf(K8SConfiguration merged, string? context)
    {
        var name = merged.Contexts?.FirstOrDefault(c => c.Name == context)?.ContextDetails?.User;
        return merged.Users?.FirstOrDefault(u => u.Name == name)?.UserCredentials;
    }

    private static K8SConfiguration Load(IReadOnlyList<string> paths) =>
        paths.Count == 0
            ? throw new KubeConfigException("none of the kubeconfig files exists")
            : paths.Select(LoadOne).Aggregate(Merge);

    private static K8SConfiguration LoadOne(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new KubeConfigException($"{path} is not there");
        var leftOut = KubeconfigLeftOut.Read(path) ?? throw new KubeConfigException($"{path} is empty");
        var configuration = KubeconfigYaml.Read<K8SConfiguration>(File.ReadAllText(path))!;
        Anchor(configuration, file.DirectoryName!);
        KubeconfigLeftOut.Admit(leftOut, configuration);
        return configuration;
    }

    /// <summary>Relative paths belong to the file that names them; after merging nobody knows any more which that was.</summary>
    private static void Anchor(K8SConfiguration configuration, string folder)
    {
        foreach (var cluster in (configuration.Clusters ?? []).Select(c => c.ClusterEndpoint).OfType<ClusterEndpoint>())
            cluster.CertificateAuthority = Anchor(cluster.CertificateAuthority, folder);
        foreach (var user in (configuration.Users ?? []).Select(u => u.UserCredentials).OfType<UserCredentials>())
        {
            user.ClientCertificate = Anchor(user.ClientCertificate, folder);
            user.ClientKey = Anchor(user.ClientKey, folder);
            // A command without a slash is looked up on PATH.
            if (user.ExternalExecution is { Command: { } command } plugin && command.Contains('/', StringComparison.Ordinal))
                plugin.Command = Anchor(command, folder);
        }
    }

    private static string? Anchor(string? path, string folder) => string.IsNullOrEmpty(path) ? path : Path.Combine(folder, path);

    /// <summary>Entries are looked up by name, from the start.</summary>
    private static K8SConfiguration Merge(K8SConfiguration first, K8SConfiguration second)
    {
        first.Contexts = [.. first.Contexts ?? [], .. second.Contexts ?? []];
        first.Clusters = [.. first.Clusters ?? [], .. second.Clusters ?? []];
        first.Users = [.. first.Users ?? [], .. second.Users ?? []];
        if (string.IsNullOrEmpty(first.CurrentContext))
            first.CurrentContext = second.CurrentContext;
        return first;
    }
}
