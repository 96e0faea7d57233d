using k8s;

namespace AlertRollback.Kubernetes;

/// <summary>Finds a user's <c>tokenFile</c>, which the package's own kubeconfig model leaves out.</summary>
internal static class KubeconfigTokenFiles
{
    /// <summary>The full path of the token file of a context's user, or null. The first file that names something wins.</summary>
    public static string? Find(IEnumerable<string> paths, string? context)
    {
        var files = paths.Select(path => (Path: path, Content: KubernetesYaml.Deserialize<Kubeconfig>(File.ReadAllText(path)))).ToList();
        var user = files.SelectMany(f => f.Content.Contexts ?? []).FirstOrDefault(c => c.Name == context)?.Context?.User;
        var found = files
            .SelectMany(f => (f.Content.Users ?? []).Select(u => (f.Path, User: u)))
            .FirstOrDefault(u => u.User.Name == user);
        return found.User?.User?.TokenFile is { Length: > 0 } file
            ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(found.Path))!, file)
            : null;
    }

    internal sealed class Kubeconfig
    {
        public List<NamedContext>? Contexts { get; set; }
        public List<NamedUser>? Users { get; set; }
    }

    internal sealed class NamedContext
    {
        public string? Name { get; set; }
        public ContextOf? Context { get; set; }
    }

    internal sealed class ContextOf
    {
        public string? User { get; set; }
    }

    internal sealed class NamedUser
    {
        public string? Name { get; set; }
        public Credentials? User { get; set; }
    }

    internal sealed class Credentials
    {
        public string? TokenFile { get; set; }
    }
}
