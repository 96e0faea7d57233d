using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class NoticeMemoryTests
{
    private static readonly ServiceDefinition Service = Runs.Proposed("r").Service;

    private readonly Chronicle _chronicle = new(new MemoryJournal(), new FakeTimeProvider(Runs.Noon));

    [Fact]
    public async Task What_one_playbook_opened_another_one_of_the_service_finds_as_it_was_left()
    {
        await HappensAsync("begin", Service, new KeptNotice("maintenance", "", "inc1", "Upgrade", IncidentStatus.Scheduled, "upd1", null));
        await HappensAsync("begin", Service, new KeptNotice("maintenance", "", "inc1", "Upgrade", IncidentStatus.InProgress, "upd2", ComponentStatus.UnderMaintenance));
        await HappensAsync("another", Service with { Name = "another" }, new KeptNotice("maintenance", "", "inc9", "Upgrade", IncidentStatus.Scheduled, "upd9", null));
        await HappensAsync("theirs", Service with { Team = "another" }, new KeptNotice("maintenance", "", "inc8", "Upgrade", IncidentStatus.Scheduled, "upd8", null));
        var memory = new NoticeMemory(_chronicle);

        memory.Latest(Service, "maintenance", "").ShouldBe(new KeptNotice("maintenance", "", "inc1", "Upgrade", IncidentStatus.InProgress, "upd2", ComponentStatus.UnderMaintenance));
        memory.Latest(Service, "incident", "").ShouldBeNull();
        memory.Latest(Service, "maintenance", "other key").ShouldBeNull();
    }

    private async Task HappensAsync(string id, ServiceDefinition service, KeptNotice notice)
    {
        var proposed = (RollbackEvent.Proposed)Runs.Proposed(id).Timeline[0].Event;
        var stream = RollbackState.Stream(id);
        // As the journal gives it back.
        var mark = (JsonObject)JsonNode.Parse(notice.ToJson().ToJsonString())!;
        await _chronicle.ChangeAsync(
            book => [.. book.Rollbacks.ContainsKey(id) ? [] : new[] { new Entry(stream, proposed with { Service = service }) }, new Entry(stream, new RollbackEvent.StepMarked("steps/0", KeptNotice.MarkName, mark, ""))],
            TestContext.Current.CancellationToken);
    }
}
