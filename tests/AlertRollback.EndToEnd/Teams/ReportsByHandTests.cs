using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What people start by hand of the reports module's runbook, on its shipped files and from a terminal.</summary>
public sealed partial class ReportsByHandTests
{
    private const string Backend = "pharma-care-backend";
    private const string Bad = "pharma-care-backend:v2";
    private const string Database = "pharma_care_prod";

    [Fact]
    public async Task Planned_it_goes_back_behind_the_maintenance_page_with_a_backup_first_and_the_page_goes_away_exactly()
    {
        await using var world = await ReportsWorld.CreateAsync();
        var (backend, _, good) = await world.ServeAsync();
        var ingress = await world.IngressAsync();
        await world.Stage.ReleaseAsync(backend, Bad);

        var id = (await world.Stage.StartAsync("mei", "gradual", [Backend])).Single();
        await world.Stage.ClosedAsync(id);

        (await backend.TemplateAsync()).ShouldBe(good);
        (await backend.ReplicasAsync()).ShouldBe(3);
        (await world.IngressAsync()).ShouldBe(ingress);
        world.Commands.ShouldBe(["mongodump reporttemplates", "mongodump reportschedules", "mongorestore reporttemplates", "mongorestore reportschedules"]);
        world.Archives.ShouldHaveSingleItem("all name the time at which the rollback was proposed").ShouldNotBeEmpty();
        world.Stage.Api.Accepted.ShouldBe(BehindThePage(world, backend));
    }

    [Fact]
    public async Task Planned_by_image_the_version_that_is_named_takes_its_place_behind_the_page()
    {
        await using var world = await ReportsWorld.CreateAsync();
        world.Stage.MatrixChanges.Add(("container: backend", "container: app"));
        var (backend, _, _) = await world.ServeAsync();
        var ingress = await world.IngressAsync();
        await world.Stage.ReleaseAsync(backend, Bad);
        var behind = "";
        world.Stage.Api.AfterWrite = async () => behind = await world.IngressAsync();

        var moving = await TriggerAsync(world, "mei", "gradual", "--method", "image", "--shadow");
        await world.Stage.ClosedAsync(moving, "shadowed");
        (await ShowAsync(world, "mei", moving)).ShouldContain("pharma-care-backend:previous-stable is a moving tag", Case.Sensitive, "the runbook's own image");
        world.Stage.Api.Accepted.ShouldBeEmpty();
        var id = await TriggerAsync(world, "mei", "gradual", "--method", "image", "--input", "version=v1.4.2");
        await world.Stage.ClosedAsync(id);

        (await backend.ImageAsync(), await backend.ReplicasAsync()).ShouldBe(("pharma-care-backend:v1.4.2", 3));
        (await backend.ReadyImagesAsync()).ShouldBe(Enumerable.Repeat("pharma-care-backend:v1.4.2", 3));
        behind.ShouldBe(
            ingress.Replace("""{"name":"pharma-care-backend-service","port":{"name":"http"}}""", """{"name":"maintenance-service","port":{"number":80}}""", StringComparison.Ordinal),
            "only this path, and before anything stops");
        (await world.IngressAsync()).ShouldBe(ingress);
        world.Commands.Take(2).ShouldBe(["mongodump reporttemplates", "mongodump reportschedules"]);
        world.Stage.Api.Accepted.ShouldBe(BehindThePage(world, backend));
        (await ShowAsync(world, "jonas", id)).ShouldContain("Started by mei, method image: tried by a test (version=v1.4.2)");
    }

    [Fact]
    public async Task A_backup_that_fails_ends_the_only_way_measurably_nothing_is_undone_and_the_lead_is_called()
    {
        await using var world = await ReportsWorld.CreateAsync(failing: "mongodump");
        var (backend, _, _) = await world.ServeAsync();
        var ingress = await world.IngressAsync();
        await world.Stage.ReleaseAsync(backend, Bad);

        var id = (await world.Stage.StartAsync("mei", "gradual", [Backend])).Single();
        var rollback = await world.Stage.ClosedAsync(id, "failed");

        (await backend.ImageAsync()).ShouldBe(Bad);
        (await backend.ReplicasAsync()).ShouldBe(3);
        (await world.IngressAsync()).ShouldBe(ingress);
        (await world.JobsAsync()).ShouldBeEmpty();
        rollback.ToJsonString().ShouldContain("fake exec: made to fail: mongodump");
        await world.Stage.People.CalledAsync("U012AB3DA");
    }

    [Fact]
    public async Task Where_the_release_changed_the_data_people_take_both_back_after_typing_and_a_backup_that_can_be_read()
    {
        await using var world = await ReportsWorld.CreateAsync(withDatabase: true);
        var (backend, workers, good) = await world.ServeAsync();
        await world.Stage.ReleaseAsync(backend, Bad);

        var id = await TriggerAsync(world, "mei", "undo_with_database");
        var digest = (string)(await world.Stage.AskedAsync(id))["digest"]!;
        (await ShowAsync(world, "jonas", id)).ShouldContain($"to agree, type: {Database}");
        (await AnswerAsync(world, "mei", id, digest, Database)).ShouldBe(1, "she is no database-admin");
        (await AnswerAsync(world, "jonas", id, digest, "pharma_care")).ShouldBe(1, "not what has to be typed");
        world.Stage.Api.Accepted.Concat(world.Database.Ran).ShouldBeEmpty("nobody agreed yet");
        (await AnswerAsync(world, "jonas", id, digest, Database)).ShouldBe(0);
        await world.Stage.ClosedAsync(id);

        (await backend.TemplateAsync(), await backend.ReplicasAsync()).ShouldBe((good, 3));
        (await workers.ReplicasAsync(), await world.FlagAsync()).ShouldBe((2, "true"));
        world.Stage.Api.Accepted.ShouldBe(
        [
            $"PATCH /{world.FlagsPath}", $"PATCH /{workers.Path}", $"PATCH /{backend.Path}",
            $"PATCH /{workers.Path}", $"PATCH /{world.FlagsPath}", $"POST /{world.JobsPath}",
        ]);
        world.Database.Ran.ShouldBe(["mongodump reporttemplates", "mongodump reportschedules", "read reporttemplates", "read reportschedules", "mongosh script"]);
        world.Steps.ShouldBe(["config_map", "scale", "backup", "mongo_script", "rollout_undo"], "the data while nothing is made of them, the code last");
        Fields(world.Database.Documents("reporttemplates"), 1).ShouldBe("_id createdAt version reportType title");
        Fields(world.Database.Documents("reporttemplates"), 2).ShouldContain("advancedFilters");
        world.Database.Documents("reportschedules").ToJsonString().ShouldBe("""[{"_id":1,"frequency":"weekly"},{"_id":2,"frequency":"daily","customSchedule":"kept"}]""");
        Fields(world.Database.BackedUp("reporttemplates"), 1).ShouldContain("advancedFilters", Case.Sensitive, "as it was before");
    }

    [Fact]
    public async Task A_backup_without_its_end_is_none_so_that_neither_data_nor_code_is_touched_and_all_is_put_back()
    {
        await using var world = await ReportsWorld.CreateAsync(withDatabase: true);
        world.Database.LoseTheEnds();
        var (backend, workers, _) = await world.ServeAsync();
        await world.Stage.ReleaseAsync(backend, Bad);

        var id = (await world.Stage.StartAsync("mei", "undo_with_database", [Backend])).Single();
        await world.Stage.ApproveAsync(id, "jonas", Database);
        var rollback = await world.Stage.ClosedAsync(id, "failed");

        rollback.ToJsonString().ShouldContain("cannot be read");
        world.Database.Ran.ShouldNotContain("mongosh script");
        (await backend.ImageAsync(), await workers.ReplicasAsync(), await world.FlagAsync()).ShouldBe((Bad, 2, "true"));
        await world.Stage.People.CalledAsync("U012AB3DB");
    }

    [Fact]
    public async Task Templates_that_the_release_before_does_not_know_are_deleted_only_when_another_person_types_and_they_are_kept()
    {
        await using var world = await ReportsWorld.CreateAsync(withDatabase: true);
        await world.ServeAsync();

        var id = (await world.Stage.StartAsync("jonas", "delete_advanced_templates", [Backend])).Single();
        await world.Stage.AskedAsync(id);
        world.Database.Documents("reporttemplates").Count.ShouldBe(4);
        await world.Stage.ApproveAsync(id, "mei", Database);
        await world.Stage.ClosedAsync(id);

        world.Database.Documents("reporttemplates").Select(t => (string)t!["reportType"]!).ShouldBe(["patient-outcomes", "patient-outcomes"]);
        world.Database.BackedUp("reporttemplates").Count.ShouldBe(4);
        world.Database.Ran[^1].ShouldBe("mongosh script", "after the backup was read");
        world.Stage.Api.Accepted.ShouldBe([$"POST /{world.JobsPath}"], "the integrity check");
    }

    private static IReadOnlyList<string> BehindThePage(ReportsWorld world, Workload backend) =>
    [
        $"PATCH /{world.IngressPath}", $"PATCH /{backend.Path}", $"PATCH /{backend.Path}",
        $"PATCH /{backend.Path}", $"PATCH /{world.IngressPath}", $"POST /{world.JobsPath}",
    ];

    private static async Task<string> TriggerAsync(ReportsWorld world, string person, string playbook, params string[] more)
    {
        var (exit, output) = await new Terminal(world.Stage.Files).RunAsync(person, ["trigger", playbook, "--service", Backend, "--reason", "tried by a test", .. more]);
        exit.ShouldBe(0, output);
        return Started().Match(output).Groups[1].Value;
    }

    private static async Task<string> ShowAsync(ReportsWorld world, string person, string id) => (await new Terminal(world.Stage.Files).RunAsync(person, "show", id)).Output;

    private static async Task<int> AnswerAsync(ReportsWorld world, string person, string id, string digest, string type) =>
        (await new Terminal(world.Stage.Files).RunAsync(person, "approve", id, "--digest", digest, "--type", type)).Exit;

    private static string Fields(JsonArray documents, int id) => string.Join(' ', documents.Single(d => (int)d!["_id"]! == id)!.AsObject().Select(f => f.Key));

    [GeneratedRegex(@"^started (\S+);", RegexOptions.Multiline)]
    private static partial Regex Started();
}
