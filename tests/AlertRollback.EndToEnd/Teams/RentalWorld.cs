using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What the rental team has besides its Deployment and its database: programs of its own, and a machine with a container engine.</summary>
internal static class RentalWorld
{
    public static async Task<TeamStage> CreateAsync()
    {
        var stage = await TeamStage.CreateAsync("rental");
        Directory.CreateDirectory(Path.Combine(stage.Files.Folder, "bin"));
        foreach (var (name, body) in (IEnumerable<(string, string)>)[("health-check", "exit 0"), ("core-tests", "echo 12 of 12 tests passed"), ("deploy", "touch \"$(dirname \"$0\")/../deployed\"")])
            await Executable.WriteAsync(Path.Combine(stage.Files.Folder, "bin", name), body);
        stage.OperatorChanges.Add(("/opt/rental/bin/", $"{stage.Files.Folder}/bin/"));
        return stage;
    }

    /// <summary>A real engine in the place of the team's, without certificates.</summary>
    public static async Task<RealEngine> AddEngineAsync(TeamStage stage)
    {
        var engine = stage.Add(await RealEngine.StartAsync());
        stage.OperatorChanges.Add(("tcp://rental-vm:2376              # or unix:///run/docker.sock on the machine itself", engine.Address));
        foreach (var file in (string[])["ca", "certificate", "key"])
            stage.OperatorChanges.Add(($"        {file}_file: credentials/rental-vm-{(file == "certificate" ? "cert" : file)}.pem\n", ""));
        return engine;
    }

    public static Task SeenAsync(TeamStage stage, string migration) => Eventually.BeAsync("what the good release runs with is remembered", TimeSpan.FromSeconds(90), () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "measured" && e.Data.Contains($"\"{migration}\"", StringComparison.Ordinal)));
}
