using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The rental module's runbook, on its shipped files.</summary>
public sealed class RentalTests(ThrowAwayPostgres postgres)
{
    private const string Good = "rental-api:v1";
    private const string Bad = "rental-api:v2";

    [Fact]
    public async Task The_critical_band_takes_the_deployment_back_to_the_last_known_good_release()
    {
        await using var stage = await TeamStage.CreateAsync("rental");
        var api = await stage.DeployAsync("rental-api", Good, replicas: 3);
        var good = await api.TemplateAsync();
        await stage.ServeAsync();
        await stage.ReleaseAsync(api, Bad);

        await stage.AlertAsync("rental-api", ("severity", "critical"));
        await stage.ClosedAsync(await stage.OnlyAsync());

        (await api.TemplateAsync()).ShouldBe(good);
        (await api.ReplicasAsync()).ShouldBe(3);
        stage.Api.Accepted.ShouldBe([$"PATCH /{api.Path}"]);
        stage.Application.Asked.ShouldContain(a => a.Path == "/api/transactions/rentals/active" && a.Authorization == "Bearer e2e-rental-api-key");
    }

    [Fact]
    public async Task A_release_that_migrated_the_database_is_not_undone_by_itself_but_by_people_with_the_migration()
    {
        await using var stage = await TeamStage.CreateAsync("rental");
        // The guard is the team's to add, once the service may ask the database.
        stage.MatrixChanges.Add(("      deployed_within: 4h                            # the running", "      same_as_at_target: {migration: rental}\n      deployed_within: 4h                            # the running"));
        var database = await RentalDatabase.ArrangeAsync(stage, postgres);
        var api = await stage.DeployAsync("rental-api", Good, replicas: 3);
        var good = await api.TemplateAsync();
        await stage.ServeAsync();
        await SeenAsync(stage, "0001");
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

    private static Task SeenAsync(TeamStage stage, string migration) => Eventually.BeAsync("what the good release runs with is remembered", TimeSpan.FromSeconds(40), () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "measured" && e.Data.Contains($"\"{migration}\"", StringComparison.Ordinal)));
}
