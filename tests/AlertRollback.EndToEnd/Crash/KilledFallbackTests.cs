using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Crash;

/// <summary>The real process ends by SIGKILL while it takes the steps of on_failure: each is written once, people are called once.</summary>
public sealed class KilledFallbackTests
{
    private const string Bad = "shop/rental-api:v2-errors";

    [Theory]
    [InlineData("fallback_started")]
    [InlineData("fallback_step_planned:1")]
    [InlineData("fallback_step_ended:1")]
    [InlineData("fallback_step_planned:2")]
    [InlineData("paged")]
    [InlineData("fallback_step_ended:2")]
    public async Task Killed_at_a_boundary_of_the_journal_it_ends_the_same(string boundary)
    {
        await using var stage = await StartAsync(new Dictionary<string, string> { ["ALERTROLLBACK_TEST_END_AFTER"] = boundary });

        await stage.AlertAsync();
        await Eventually.BeAsync($"it ended itself after {boundary}", TimeSpan.FromSeconds(60), () => stage.Service.Program.HasExited);
        await stage.Service.StartAsync();

        await EndsAsIfNothingHadHappenedAsync(stage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_the_write_of_a_step_it_is_written_once(bool accepted)
    {
        await using var stage = await StartAsync();
        // The first write is the undo.
        stage.Api.AfterWrite = () =>
        {
            if (accepted)
                stage.Api.AfterWrite = () => stage.Service.KillAsync();
            else
                stage.Api.BeforeWrite = async () =>
                {
                    await stage.Service.KillAsync();
                    return false;
                };
            return Task.CompletedTask;
        };

        await stage.AlertAsync();
        await Eventually.BeAsync("it was killed", TimeSpan.FromSeconds(60), () => stage.Service.Program.HasExited);
        await stage.Service.StartAsync();

        await EndsAsIfNothingHadHappenedAsync(stage);
    }

    // The release before was no better: measured bad, and less of it is all that is left to do.
    private static Task<Stage> StartAsync(IReadOnlyDictionary<string, string>? environment = null) => Stage.StartAsync(release: Bad, environment: environment, edit: matrix => matrix
        .Replace("on_failure: [page: devops-lead]", "on_failure: [scale: {replicas: 1}, page: devops-lead]", StringComparison.Ordinal)
        .Replace("http: /api/health", "http: {get: /api/health, status: 204}", StringComparison.Ordinal)
        .Replace("within: 30s", "within: 3s", StringComparison.Ordinal));

    private static async Task EndsAsIfNothingHadHappenedAsync(Stage stage)
    {
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90));
        var detail = await stage.Service.DetailAsync(closed);
        ((string?)closed["outcome"]).ShouldBe("failed", detail.ToJsonString());
        stage.Api.Accepted.Count(w => w.StartsWith($"PATCH /{stage.Workload.Path}", StringComparison.Ordinal)).ShouldBe(2, string.Join(", ", stage.Api.Accepted));
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        (await stage.Workload.ReplicasAsync()).ShouldBe(1);
        JournalFile.Events(stage.Files.Journal).Count(e => e.Type == "paged").ShouldBe(1, detail.ToJsonString());
        await Eventually.BeAsync("everything is told", TimeSpan.FromSeconds(30), () => stage.People.Messages is [var only] && only.Text.Contains("Take over now", StringComparison.Ordinal));
        Calls(stage).ShouldHaveSingleItem().ShouldContain("*devops-lead*");
    }

    private static List<string> Calls(Stage stage) =>
        [.. stage.People.Messages.SelectMany(stage.People.Replies).Select(r => r.Text).Where(t => t.Contains("What you must do now", StringComparison.Ordinal))];
}
