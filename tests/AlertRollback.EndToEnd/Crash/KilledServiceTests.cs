using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Crash;

/// <summary>
/// The real process ends by SIGKILL at every boundary of the journal and around the one write, starts again on the same
/// journal, and the rollback ends as if nothing had happened: one undo on the API, everything told, nothing twice.
/// </summary>
public sealed class KilledServiceTests
{
    private const string Bad = "shop/rental-api:v2-errors";

    /// <summary>What the service has just written when it dies: an event's word and which one of its kind.</summary>
    public static TheoryData<string> Boundaries =>
    [
        "receipt", "proposed", "guards_judged", "step_marked:1", "before_step_ended", "started", "step_marked:2", "quarantined",
        "step_progressed", "step_ended", "verification_started", "check_set_answered", "verified", "stability_answered", "closed",
        "cursor:1", "cursor:2", "cursor:3", "cursor:4", "cursor:5", "cursor:6",
    ];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Killed_at_a_boundary_of_the_journal_it_ends_the_same(string boundary)
    {
        var dying = new Dictionary<string, string> { ["ALERTROLLBACK_TEST_END_AFTER"] = boundary };
        await using var stage = await Stage.StartAsync(release: Bad, environment: dying);

        await PostUntilAcceptedAsync(stage);
        await Eventually.BeAsync($"it ended itself after {boundary}", TimeSpan.FromSeconds(60), () => stage.Service.Program.HasExited);
        await stage.Service.StartAsync();
        if (boundary == "receipt")
            await stage.AlertAsync();

        await EndsAsIfNothingHadHappenedAsync(stage);
    }

    [Fact]
    public async Task Killed_when_the_write_has_left_but_not_arrived_it_is_written_once()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        stage.Api.BeforeWrite = async () =>
        {
            await stage.Service.KillAsync();
            return false;
        };

        await stage.AlertAsync();
        await Eventually.BeAsync("it was killed", TimeSpan.FromSeconds(60), () => stage.Service.Program.HasExited);
        await stage.Service.StartAsync();

        await EndsAsIfNothingHadHappenedAsync(stage);
    }

    [Fact]
    public async Task Killed_after_the_API_accepted_but_before_it_was_journalled_it_is_not_written_again()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        stage.Api.AfterWrite = () => stage.Service.KillAsync();

        await stage.AlertAsync();
        await Eventually.BeAsync("it was killed", TimeSpan.FromSeconds(60), () => stage.Service.Program.HasExited);
        await stage.Service.StartAsync();

        await EndsAsIfNothingHadHappenedAsync(stage);
    }

    [Fact]
    public async Task Every_commit_of_the_main_playbook_is_a_boundary_of_the_table()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        await stage.AlertAsync();
        await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90));

        var words = Boundaries.Select(b => ((string)b).Split(':')[0]).ToHashSet();
        JournalFile.Events(stage.Files.Journal)
            // What the observer notes of the workload comes at a time of its own.
            .Where(e => e.Type is not ("became_current" or "completed"))
            .GroupBy(e => e.At)
            .Where(commit => !commit.Any(e => words.Contains(e.Type)))
            .Select(commit => string.Join('+', commit.Select(e => e.Type)))
            .ShouldBeEmpty();
    }

    // Whoever gets no answer sends again, as Alertmanager does; the service may already be dead.
    private static async Task PostUntilAcceptedAsync(Stage stage)
    {
        try
        {
            await stage.AlertAsync();
        }
        catch (HttpRequestException)
        {
            await Eventually.BeAsync("it ended itself", TimeSpan.FromSeconds(10), () => stage.Service.Program.HasExited);
        }
    }

    private static async Task EndsAsIfNothingHadHappenedAsync(Stage stage)
    {
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90));
        var detail = await stage.Service.DetailAsync(closed);
        ((string?)closed["outcome"]).ShouldBe("rolled_back", detail.ToJsonString());
        stage.Undos.ShouldBe(1);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        (await stage.Workload.ReplicasAsync()).ShouldBe(3);
        await stage.ResolveAsync();
        await Eventually.BeAsync("it is heard that the alert ended", TimeSpan.FromSeconds(20), async () => (await stage.Service.TimelineAsync(closed)).Contains("cause_resolved"));
        await ToldOnceAsync(stage, closed);
    }

    // The thread holds every line of the timeline, in order, once. Percentages are only in the edited message.
    private static async Task ToldOnceAsync(Stage stage, JsonNode closed)
    {
        var timeline = (await stage.Service.DetailAsync(closed))["timeline"]!.AsArray();
        var lines = timeline
            .Where(l => (string?)l!["event"] != "step_progressed")
            .Select(l => Letters((string)l!["text"]!))
            .Where(l => l.Length > 0)
            .ToList();
        await Eventually.BeAsync("everything is told", TimeSpan.FromSeconds(30), () =>
        {
            Told(stage).ShouldBe(lines);
            return true;
        });
        stage.People.Messages.Count.ShouldBe(1);
        await Eventually.BeAsync("the incident is resolved", TimeSpan.FromSeconds(30), () =>
            stage.People.Incidents is [var only] && (string?)only["status"] == "resolved");
        stage.People.Incidents[0]["incident_updates"]!.AsArray().Select(u => (string?)u!["body"]).ShouldBeUnique();
    }

    private static List<string> Told(Stage stage) => stage.People.Messages is [var first, ..]
        ? [.. stage.People.Replies(first).SelectMany(r => r.Text.Split('\n')).Select(l => Letters(l[(l.LastIndexOf('`', Math.Min(12, l.Length - 1)) + 1)..]))]
        : [];

    // Slack's escapes and the guards against its formatting differ from the timeline's own text; the letters do not.
    private static string Letters(string text) => string.Concat(WebUtility.HtmlDecode(text).Where(char.IsLetterOrDigit));
}
