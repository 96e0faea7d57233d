using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The database's part of the runbook of AI Diagnostics, by hand on its shipped files; MongoDB and npm are stand-ins.</summary>
public sealed class DiagnosticsDatabaseTests : IAsyncLifetime
{
    private const string Api = "ai-diagnostics-api";

    private TeamStage _stage = null!;
    private DiagnosticsPods _pods = null!;
    private Workload _api = null!;

    private string Deployment => $"PATCH /{_api.Path}";

    public async ValueTask InitializeAsync()
    {
        _stage = await TeamStage.CreateAsync("diagnostics");
        _api = await _stage.DeployAsync(Api, "ai-diagnostics-api:v1", replicas: 3);
        _pods = await DiagnosticsPods.CreateAsync(_stage);
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task How_much_is_damaged_and_what_could_be_gone_back_to_is_told_and_nothing_is_changed()
    {
        var older = await _pods.BackUpAsync("20261119T020000Z");
        var newest = await _pods.BackUpAsync("20261120T020000Z");
        _pods.Damage();
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "corruption_scope", [Api])).Single());

        await _stage.ToldAsync("requests of the last day: 3", "results of the last day: 1", "validate of diagnosticresults: false", $"the newest {newest}, {older}");
        _stage.Api.Accepted.ShouldBeEmpty();
        (_pods.Count(DiagnosticsPods.Requests), _pods.Backups.Count, await _api.ReplicasAsync()).ShouldBe((4, 2, 3));
    }

    [Fact]
    public async Task The_backup_that_people_chose_is_put_back_while_nothing_runs_and_the_present_is_kept()
    {
        var chosen = await _pods.BackUpAsync("20261119T020000Z");
        _pods.Damage();
        await _pods.BackUpAsync("20261120T020000Z");
        await _stage.ServeAsync();

        var id = (await _stage.StartAsync("sara", "database_restore", [Api], new Dictionary<string, string> { ["backup"] = "2026-11-19 02:00:00" })).Single();
        (await _stage.TryApproveAsync(id, "tom", Api)).ShouldBe(400, "another text than the database's name");
        _stage.Api.Accepted.ShouldBeEmpty("nobody agreed yet");
        await _stage.ApproveAsync(id, "tom", "diagnostics");
        await _stage.ClosedAsync(id);

        (_pods.Count(DiagnosticsPods.Requests), _pods.Count(DiagnosticsPods.Results)).ShouldBe((4, 3));
        _pods.Backups.Count.ShouldBe(3, "what was damaged is kept, too");
        (await _api.ReplicasAsync()).ShouldBe(3);
        _stage.Api.Accepted.ShouldBe([Deployment, Deployment], "stopped, and started again");
        await _stage.ToldAsync("tom said yes", "the present is kept as", chosen, "documents of diagnosticresults: 3");
    }

    [Fact]
    public async Task A_restore_that_fails_leaves_it_stopped_and_calls_the_lead()
    {
        await _pods.BackUpAsync("20261119T020000Z");
        _pods.RefuseRestores();
        await _stage.ServeAsync();

        var id = (await _stage.StartAsync("sara", "database_restore", [Api], new Dictionary<string, string> { ["backup"] = "diagnostics_20261119T020000Z" })).Single();
        await _stage.ApproveAsync(id, "tom", "diagnostics");
        await _stage.ClosedAsync(id, "failed");

        (await _api.ReplicasAsync()).ShouldBe(0, "a database that may be half restored gets no traffic");
        await _stage.ToldAsync("not enough disk space", "<@U012AB3EA>");
    }

    [Fact]
    public async Task The_schema_goes_down_by_the_release_that_holds_the_way_and_only_then_that_release_goes()
    {
        var good = await _api.TemplateAsync();
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, "ai-diagnostics-api:v2");
        await _pods.MigrateAsync("20261121");
        (string Migration, int Backups) atTheUndo = default;
        _stage.Api.BeforeWrite = () =>
        {
            atTheUndo = (_pods.Migration, _pods.Backups.Count);
            return Task.FromResult(true);
        };

        var id = (await _stage.StartAsync("sara", "schema_back", [Api], new Dictionary<string, string> { ["version"] = "20261101" })).Single();
        await _stage.ApproveAsync(id, "tom", "diagnostics");
        await _stage.ClosedAsync(id);

        atTheUndo.ShouldBe(("20261101", 1), "backed up and taken back, while the code that can is still there");
        (await _api.TemplateAsync()).ShouldBe(good);
        _stage.Api.Accepted.ShouldBe([Deployment]);
        _stage.Api.Executed.Select(e => e[(e.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ShouldContain("npm run migration:down -- 20261101");
        await _stage.ToldAsync("valid at 20261101", "documents of diagnosticrequests: 4");
    }
}
