using System.Net;
using AlertRollback.Kubernetes.Plugins;
using k8s;
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
        SocketsHttpHandler? sockets = null;
        configuration.FirstMessageHandlerSetup = handler => sockets = handler;
        var credentials = new k8s.Kubernetes(configuration).Credentials;
        plugin?.FollowCertificate(sockets!);
        if (plugin is null)
            KubeconfigCertificate.Find(merged, configuration.CurrentContext)?.Follow(sockets!);
        var leftOut = KubeconfigLeftOut.Find(paths, configuration.CurrentContext);
        // The package takes any certificate of the authority for the server's, whoever it was given to.
        if (configuration is { SkipTlsVerify: false, SslCaCerts: { } authorities })
            sockets!.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => ServerTrust.Demand(certificate, chain, errors, authorities);
        if (leftOut.Proxy is { } proxy)
            sockets!.Proxy = ProxyOf(proxy);
        return new ClusterWay(
            new Uri(configuration.Host.TrimEnd('/') + "/"),
            sockets!,
            leftOut.TokenFile is { } token ? new TokenFile(token).AuthorizeAsync
                : credentials is null ? null : credentials.ProcessHttpRequestAsync,
            plugin is null ? null : plugin.Renew)
        {
            ServerName = string.IsNullOrEmpty(configuration.TlsServerName) ? null : configuration.TlsServerName,
            As = KubeconfigImpersonation.Find(merged, configuration.CurrentContext, leftOut.Uid),
        };
    }

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
        var configuration = KubernetesClientConfiguration.LoadKubeConfig(file, true);
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
