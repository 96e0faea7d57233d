using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// The rental module's runbook, on its shipped files: the real API server, a real PostgreSQL, and, where the ladder goes on, a
/// real container engine and a real repository. GitHub's API, which opens the pull request, is a stub.
/// </summary>
public sealed class RentalTests(ThrowAwayPostgres postgres)
{
    private const string Good = "rental-api:v1";
    private const string Bad = "rental-api:v2";

    [Fact]
    public async Task The_critical_band_takes_the_deployment_back_and_its_data_are_proven_to_be_whole()
    {
        await using var stage = await RentalWorld.CreateAsync();
        await RentalDatabase.ArrangeAsync(stage, postgres);
        var api = await stage.DeployAsync("rental-api", Good, replicas: 3);
        var good = await api.TemplateAsync();
        await stage.ServeAsync();
        await RentalWorld.SeenAsync(stage, "0001");
        await stage.ReleaseAsync(api, Bad);

        await stage.AlertAsync("rental-api", ("severity", "critical"));
        var detail = await stage.ClosedAsync(await stage.OnlyAsync());

        (await api.TemplateAsync()).ShouldBe(good);
        (await api.ReplicasAsync()).ShouldBe(3);
        stage.Api.Accepted.ShouldBe([$"PATCH /{api.Path}"]);
        stage.Application.Asked.ShouldContain(a => a.Path == "/api/transactions/rentals/active" && a.Authorization == "Bearer e2e-rental-api-key");
        detail["guards"]!.AsArray().ShouldContain(g => (string?)g!["guard"] == "same_as_at_target" && (bool)g["passed"]!);
        Measured(detail, "orphaned-lines.sql").ShouldBe("0");
        Measured(detail, "rows-of-the-last-hour.sql").ShouldBe("0 transaction_headers, 0 rental_lifecycles");
        Measured(detail, "rental-core-tests").ShouldEndWith(": 12 of 12 tests passed");
    }

    [Fact]
    public async Task A_release_that_migrated_the_database_is_not_undone_by_itself_but_by_people_with_the_migration()
    {
        await using var stage = await RentalWorld.CreateAsync();
        var database = await RentalDatabase.ArrangeAsync(stage, postgres);
        var api = await stage.DeployAsync("rental-api", Good, replicas: 3);
        var good = await api.TemplateAsync();
        await stage.ServeAsync();
        await RentalWorld.SeenAsync(stage, "0001");
        await stage.ReleaseAsync(api, Bad);
        await database.MigrateAsync("0002");

        await stage.AlertAsync("rental-api", ("severity", "critical"));
        var refused = await stage.OnlyAsync();
        await Eventually.BeAsync("the guard refuses", TimeSpan.FromSeconds(60), async () =>
            (await stage.Service.GetAsync($"rollbacks/{refused}")).ToJsonString().Contains("changed_since_target", StringComparison.Ordinal));
        stage.Api.Accepted.ShouldBeEmpty();

        var id = (await stage.StartAsync("ada", "undo_with_database", ["rental-api"]))[0];
        await stage.ApproveAsync(id, "ben");
        await stage.ClosedAsync(id);

        (await database.MigrationAsync()).ShouldBe("0001");
        (await api.TemplateAsync()).ShouldBe(good);
        database.Backups.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task When_the_release_before_is_measurably_no_better_people_agree_to_a_revert_which_is_merged_and_deployed()
    {
        await using var stage = await RentalWorld.CreateAsync();
        await RentalDatabase.ArrangeAsync(stage, postgres);
        await RentalWorld.AddEngineAsync(stage);
        var repository = new Repositories(stage);
        var bad = await repository.CommitTwoReleasesAsync();
        stage.LongestTimes["within"] = TimeSpan.FromSeconds(25);
        stage.Application.Answer = asked => Task.FromResult(repository.Answer(asked) ?? (repository.IsDeployed ? (200, "{}") : (500, "{}")));
        var api = await stage.DeployAsync("rental-api", Good);
        await stage.ServeAsync();
        await RentalWorld.SeenAsync(stage, "0001");
        await stage.Space.PatchAsync(api.Path, $$$"""
            {"spec": {"template": {"metadata": {"annotations": {"org.opencontainers.image.revision": "{{{bad}}}"} }, "spec": {"containers": [{"name": "app", "image": "{{{Bad}}}"}] } } } }
            """);
        await stage.ReleaseAsync(api, Bad);

        await stage.AlertAsync("rental-api", ("severity", "critical"));
        var id = await stage.OnlyAsync();
        await stage.ApproveAsync(id, "ben");
        var detail = await stage.ClosedAsync(id);

        detail["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["kubernetes", "git"], "there is no such container, which is no reason to stop");
        (await api.ImageAsync()).ShouldBe(Good);
        (await repository.GitAsync("log", "--format=%B", "main")).ShouldContain($"This reverts commit {bad}");
        repository.IsDeployed.ShouldBeTrue();
        Measured(detail, "GET /api/health").ShouldStartWith("200 in");
    }

    private static string Measured(JsonNode detail, string what) =>
        (string)detail["measured"]!.AsArray().Single(m => (string?)m!["what"] == what)!["measured"]!;

    /// <summary>The team's repository, and GitHub in front of it: a pull request is merged as soon as somebody looks at it again.</summary>
    private sealed class Repositories
    {
        private readonly TeamStage stage;
        private string? branch;

        public Repositories(TeamStage stage)
        {
            this.stage = stage;
            stage.Files.Write("credentials/github", "e2e-github-token");
            stage.OperatorChanges.AddRange(
            [
                ("https://github.com/example/rental-manager-backend.git", Remote),
                ("https://api.github.com/repos/example/rental-manager-backend", $"{stage.Application.Url}repos/example/rental-manager-backend"),
            ]);
        }

        public bool IsDeployed => File.Exists(Path.Combine(stage.Files.Folder, "deployed"));

        private string Remote => Path.Combine(stage.Files.Folder, "remote.git");

        private string Desk => Path.Combine(stage.Files.Folder, "desk");

        public Task<string> GitAsync(params IEnumerable<string> arguments) => Tool.RunAsync("git", ["-C", Remote, .. arguments]);

        public async Task<string> CommitTwoReleasesAsync()
        {
            await Tool.RunAsync("git", ["init", "--quiet", "--bare", "--initial-branch=main", Remote]);
            await Tool.RunAsync("git", ["clone", "--quiet", Remote, Desk]);
            foreach (var release in (string[])["good", "bad"])
            {
                stage.Files.Write("desk/rentals.py", release);
                await AtDeskAsync("add", "--all");
                await AtDeskAsync("commit", "--quiet", "-m", $"release: {release}");
            }

            await AtDeskAsync("push", "--quiet", "origin", "HEAD:main");
            return (await AtDeskAsync("rev-parse", "HEAD")).Trim();
        }

        /// <summary>GitHub's answer; null: it was not asked.</summary>
        public (int Status, string Json)? Answer(Asked asked)
        {
            if (!asked.Path.StartsWith("/repos/example/rental-manager-backend/pulls", StringComparison.Ordinal))
                return null;
            asked.Authorization.ShouldBe("Bearer e2e-github-token");
            if (asked.Method == "POST")
            {
                branch = (string)JsonNode.Parse(asked.Body)!["head"]!;
                return (201, Pull(merged: false));
            }

            if (branch is null)
                return (200, "[]");
            Merge();
            return (200, asked.Path.Contains('?', StringComparison.Ordinal) ? $"[{Pull(merged: true)}]" : Pull(merged: true));
        }

        private void Merge()
        {
            AtDeskAsync("fetch", "--quiet", "origin", branch!).GetAwaiter().GetResult();
            AtDeskAsync("merge", "--quiet", "--no-ff", "-m", "Merge pull request 1", "FETCH_HEAD").GetAwaiter().GetResult();
            AtDeskAsync("push", "--quiet", "origin", "HEAD:main").GetAwaiter().GetResult();
        }

        private static string Pull(bool merged) =>
            $$"""{"number": 1, "html_url": "https://github.com/example/rental-manager-backend/pull/1", "state": "{{(merged ? "closed" : "open")}}", "merged": {{(merged ? "true" : "false")}} }""";

        private Task<string> AtDeskAsync(params IEnumerable<string> arguments) =>
            Tool.RunAsync("git", ["-C", Desk, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", .. arguments]);
    }
}
