using k8s.KubeConfigModels;
using YamlDotNet.Serialization;

namespace AlertRollback.Kubernetes;

/// <summary>What a kubeconfig says of a context, and the package's own model of it leaves out.</summary>
/// <param name="TokenFile">The full path of the user's <c>tokenFile</c>; null: it has none.</param>
/// <param name="Uid">The user's <c>as-uid</c>.</param>
/// <param name="Proxy">The cluster's <c>proxy-url</c>.</param>
internal sealed record KubeconfigLeftOut(string? TokenFile, string? Uid, string? Proxy)
{
    /// <summary>The first file that names something wins.</summary>
    public static KubeconfigLeftOut Find(IEnumerable<string> paths, string? context)
    {
        var files = paths.Select(path => (Path: path, Content: Read(path)!)).ToList();
        var names = files.SelectMany(f => f.Content.Contexts ?? []).FirstOrDefault(c => c.Name == context)?.Context;
        var found = files
            .SelectMany(f => (f.Content.Users ?? []).Select(u => (f.Path, User: u)))
            .FirstOrDefault(u => u.User.Name == names?.User);
        var cluster = files.SelectMany(f => f.Content.Clusters ?? []).FirstOrDefault(c => c.Name == names?.Cluster)?.Cluster;
        var token = found.User?.User?.TokenFile is { Length: > 0 } file ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(found.Path))!, file) : null;
        return new KubeconfigLeftOut(token, found.User?.User?.ImpersonateUid, cluster?.ProxyUrl is { Length: > 0 } proxy ? proxy : null);
    }

    /// <summary>The package refuses a user who has nothing but a token file; any token makes it content.</summary>
    public static void Admit(Kubeconfig file, K8SConfiguration configuration)
    {
        var withFiles = (file.Users ?? []).Where(u => u.User?.TokenFile is { Length: > 0 }).Select(u => u.Name).ToHashSet();
        foreach (var user in (configuration.Users ?? []).Where(u => withFiles.Contains(u.Name)))
            (user.UserCredentials ??= new UserCredentials()).Token = "from-file";
    }

    /// <summary>Null: the file is empty.</summary>
    public static Kubeconfig? Read(string path) => KubeconfigYaml.Read<Kubeconfig>(File.ReadAllText(path));

    internal sealed class Kubeconfig
    {
        public List<NamedContext>? Contexts { get; set; }
        public List<NamedUser>? Users { get; set; }
        public List<NamedCluster>? Clusters { get; set; }
    }

    internal sealed class NamedContext
    {
        public string? Name { get; set; }
        public ContextOf? Context { get; set; }
    }

    internal sealed class ContextOf
    {
        public string? User { get; set; }
        public string? Cluster { get; set; }
    }

    internal sealed class NamedCluster
    {
        public string? Name { get; set; }
        public Endpoint? Cluster { get; set; }
    }

    internal sealed class Endpoint
    {
        [YamlMember(Alias = "proxy-url", ApplyNamingConventions = false)]
        public string? ProxyUrl { get; set; }
    }

    internal sealed class NamedUser
    {
        public string? Name { get; set; }
        public Credentials? User { get; set; }
    }

    internal sealed class Credentials
    {
        public string? TokenFile { get; set; }

        [YamlMember(Alias = "as-uid", ApplyNamingConventions = false)]
        public string? ImpersonateUid { get; set; }
    }
}
