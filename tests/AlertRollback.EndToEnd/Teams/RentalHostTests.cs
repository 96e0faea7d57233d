using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The ways of the rental runbook that need no Kubernetes, named by a person on the shipped files: a real engine, a real PostgreSQL.</summary>
public sealed class RentalHostTests(ThrowAwayPostgres postgres)
{
    private const string Container = "rental-api-prod";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

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
