using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The ways of the rental runbook that need no Kubernetes, named by a person on the shipped files: a real engine, real files, a real PostgreSQL.</summary>
public sealed class RentalHostTests(ThrowAwayPostgres postgres)
{
    private const string Container = "rental-api-prod";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_container_goes_back_to_the_image_that_ran_well_on_the_same_port_and_what_ran_is_kept()
    {
        await using var stage = await RentalWorld.CreateAsync();
        await RentalDatabase.ArrangeAsync(stage, postgres);
        var engine = await RentalWorld.AddEngineAsync(stage);
        var port = RealEngine.FreePort();
        await engine.BuildAsync("local/rental-api:v1", answer: "v1");
        await engine.BuildAsync("local/rental-api:v2", answer: "v2");
        await RunAsync(engine, "local/rental-api:v1", port);
        await stage.ServeAsync();
        await SeenAsync(stage, "known_good", "local/rental-api:v1");
        await RentalWorld.SeenAsync(stage, "0001");
        await RunAsync(engine, "local/rental-api:v2", port);
        await SeenAsync(stage, "became_current", "local/rental-api:v2");

        await stage.ClosedAsync((await stage.StartAsync("ada", "undo", ["rental-api"], method: "docker")).Single());

        (await ServedAsync(port)).ShouldBe("v1");
        (await engine.PodmanAsync("inspect", "--format", "{{.ImageName}} {{.State.Status}} {{.Config.Env}}", Container)).ShouldContain("hunter2", Case.Sensitive, "the environment comes along");
        (await engine.PodmanAsync("ps", "--all", "--format", "{{.Names}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2, "what was replaced is kept, stopped");
        stage.Api.Accepted.ShouldBeEmpty();
        await stage.ToldAsync("ada started undo by docker", "local/rental-api:v2", "undone, verified and stable");
    }

    [Fact]
    public async Task The_archived_files_take_the_place_of_the_bad_ones_and_the_application_is_restarted_once_another_agrees()
    {
        await using var stage = await RentalWorld.CreateAsync();
        await RentalDatabase.ArrangeAsync(stage, postgres);
        var (module, archive, restarts) = await FilesAsync(stage);
        await stage.ServeAsync();

        // What the archive ran with is not known to anybody but people, so that the guard of "undo" lets nobody name that way.
        (await stage.ClosedAsync((await stage.StartAsync("ada", "undo", ["rental-api"], method: "files")).Single(), "refused")).ToJsonString().ShouldContain("files says of no revision what it goes back to");
        var id = (await stage.StartAsync("ada", "restore_files", ["rental-api"])).Single();
        await stage.ApproveAsync(id, "ben");
        await stage.ClosedAsync(id);

        (await File.ReadAllTextAsync(Path.Combine(module, "rentals.py"), TestContext.Current.CancellationToken)).ShouldBe("good, as archived");
        File.Exists(Path.Combine(module, "new.py")).ShouldBeFalse("it was not there then");
        File.Exists(archive).ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(module)!, ".rentals-replaced-*").Count().ShouldBe(2, "what was there, as it was and archived");
        File.ReadAllLines(restarts).ShouldBe(["restart rental-api.service"]);
        await stage.ToldAsync("ada started restore_files", "ben said yes", "migration of rental: 0001", "files: 1 changed, 1 removed, 0 added");
    }

    private static async Task<(string Module, string Archive, string Restarts)> FilesAsync(TeamStage stage)
    {
        var folder = stage.Files.Folder;
        stage.Files.Write("backups/rentals/rentals.py", "good, as archived");
        var archive = Path.Combine(folder, "backups", "rentals-module-pre-refactor.tar.gz");
        await Tool.RunAsync("tar", ["-C", Path.Combine(folder, "backups"), "-czf", archive, "rentals"]);
        stage.Files.Write("srv/rentals/rentals.py", "bad");
        stage.Files.Write("srv/rentals/new.py", "bad, too");
        var restarts = Path.Combine(folder, "restarts");
        await Executable.WriteAsync(Path.Combine(folder, "bin", "systemctl"), $"echo \"$*\" >> '{restarts}'");
        stage.OperatorChanges.AddRange([
            ("path: /srv/rental/app/modules/transactions/rentals", $"path: {folder}/srv/rentals"),
            ("rentals-module-pre-refactor: /backups/rentals-module-pre-refactor.tar.gz", $"rentals-module-pre-refactor: {archive}"),
            ("/usr/bin/systemctl", $"{folder}/bin/systemctl"),
        ]);
        return (Path.Combine(folder, "srv", "rentals"), archive, restarts);
    }

    private static async Task RunAsync(RealEngine engine, string image, int port)
    {
        await engine.PodmanAsync("rm", "--force", "--ignore", "--time", "0", Container);
        await engine.PodmanAsync("run", "--detach", "--name", Container, "--stop-signal", "KILL", "--env", $"PORT={port}", "--env", "DATABASE_URL=postgres://rental:hunter2@db/rental", image);
    }

    private static Task SeenAsync(TeamStage stage, string type, string text) => Eventually.BeAsync($"{type} of {text}", Soon, () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == type && e.Data.Contains(text, StringComparison.Ordinal)));

    private static Task<string> ServedAsync(int port) => Eventually.GetAsync("the container answers", Soon, async () =>
    {
        using var http = new HttpClient();
        return (string?)(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/"), TestContext.Current.CancellationToken)).Trim();
    });
}
