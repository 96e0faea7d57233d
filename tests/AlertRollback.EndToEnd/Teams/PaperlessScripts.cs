using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The team's own scripts, which write down that they were run; what they do besides is a test's own.</summary>
internal sealed class PaperlessScripts
{
    private static readonly string[] Names = ["rollback-database", "rollback-data-migration", "validate-deployment", "test-core-functions", "test-user-workflows", "validate-data-integrity"];

    private readonly TemporaryFolder folder;

    private PaperlessScripts(TemporaryFolder folder) => this.folder = folder;

    /// <summary>Names and arguments, in their order.</summary>
    public IReadOnlyList<string> Ran => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    private string Log => Path.Combine(folder.Path, "log");

    public static async Task<PaperlessScripts> CreateAsync(TeamStage stage)
    {
        var scripts = new PaperlessScripts(stage.Add(new TemporaryFolder()));
        foreach (var name in Names)
            await scripts.DoAsync(name, ":");
        stage.OperatorChanges.Add(("/opt/paperless/scripts/", $"{scripts.folder.Path}/"));
        return scripts;
    }

    /// <param name="name">The script.</param>
    /// <param name="body">Shell.</param>
    public Task DoAsync(string name, string body) => Executable.WriteAsync(Path.Combine(folder.Path, name), $"echo \"{name} $*\" >> '{Log}'\n{body}");
}
