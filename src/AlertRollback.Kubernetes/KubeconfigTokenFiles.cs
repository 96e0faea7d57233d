using k8s;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes;

/// <summary>Finds a user's <c>tokenFile</c>, which the package's own kubeconfig model leaves out.</summary>
internal static class KubeconfigTokenFiles
{
    /// <summary>The full path of the token file of a context's user, or null. The first file that names something wins.</summary>
    public static string? Find(IEnumerable<string> paths, string? context)
    {
        var files = paths.Select(path => (Path: path, Content: Read(path))).ToList();
        var user = files.SelectMany(f => f.Content.Contexts ?? []).FirstOrDefault(c => c.Name == context)?.Context?.User;
        var found = files
            .SelectMany(f => (f.Content.Users ?? []).Select(u => (f.Path, User: u)))
            .FirstOrDefault(u => u.User.Name == user);
        return found.User?.User?.TokenFile is { Length: > 0 } file
            ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(found.Path))!, file)
            : null;
    }

    /// <summary>The package refuses a user who has nothing but a token file; any token makes it content.</summary>
    public static void Admit(string path, K8SConfiguration configuration)
    {
        var withFiles = (Read(path).Users ?? []).Where(u => u.User?.TokenFile is { Length: > 0 }).Select(u => u.Name).ToHashSet();
        foreach (var user in (configuration.Users ?? []).Where(u => withFiles.Contains(u.Name)))
            (user.UserCredentials ??= new UserCredentials()).Token = "from-file";
    }

    private static Kubeconfig Read(string path) => KubernetesYaml.Deserialize<Kubeconfig>(File.ReadAllText(path));

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
