namespace AlertRollback.Tests.Support;

/// <summary>
/// What a test needs from its surroundings. Missing, the test is skipped with the reason, or fails when
/// <c>ALERTROLLBACK_FORBID_SKIPPING=1</c> says that everything has to be there.
/// </summary>
internal static class Need
{
    /// <summary>The kubeconfig of the cluster to test against, from <c>KUBECONFIG</c>.</summary>
    public static string Cluster()
    {
        var path = Environment.GetEnvironmentVariable("KUBECONFIG");
        if (string.IsNullOrWhiteSpace(path))
            throw Missing("needs a Kubernetes cluster: KUBECONFIG is not set");
        return File.Exists(path) ? path : throw Missing("needs a Kubernetes cluster: KUBECONFIG names no file");
    }

    /// <summary>The full path of a program on <c>PATH</c>.</summary>
    public static string Program(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw Missing($"needs the program '{name}': not on PATH");
    }

    /// <summary>That the test may do what only root may.</summary>
    public static void Root()
    {
        if (Environment.UserName != "root")
            throw Missing("needs root: containers are started");
    }

    /// <summary>The folder with initdb and pg_ctl of the newest PostgreSQL; Debian keeps it off <c>PATH</c>.</summary>
    public static string PostgresPrograms()
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian) : [];
        return versions.OrderByDescending(v => int.TryParse(Path.GetFileName(v), out var number) ? number : 0)
            .Select(v => Path.Combine(v, "bin"))
            .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            ?? throw Missing($"needs PostgreSQL: no initdb under {debian}");
    }

    private static InvalidOperationException Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("ALERTROLLBACK_FORBID_SKIPPING") == "1")
            Assert.Fail(reason);
        else
            Assert.Skip(reason);
        return new InvalidOperationException(reason);
    }
}
