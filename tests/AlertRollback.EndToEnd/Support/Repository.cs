namespace AlertRollback.EndToEnd.Support;

/// <summary>Where things are in the repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The service that is tested: as published, where the environment says so; else as built with these tests.</summary>
    public static string Program => Environment.GetEnvironmentVariable("ALERTROLLBACK_PROGRAM") is { Length: > 0 } published
        ? published
        : Path.Combine(Root, "src", "AlertRollback", "bin", Configuration, "net10.0", "alertrollback");

    // .../bin/Debug/net10.0
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public static string File(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "AlertRollback.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("not inside the repository");
        return folder.FullName;
    }
}
