using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Announcements;
using AlertRollback.Tests.Web.Operators;

namespace AlertRollback.Tests.CommandLine;

/// <summary>The pods are gone by then: what was kept of them has to be there to read.</summary>
public sealed class EvidenceCommandTests
{
    private const string Captured = """
        {
          "failing": 1,
          "workload": {"runs": "rental-api:v2 (revision 7)", "replicas": 2, "ready": 1, "conditions": ["Available=False MinimumReplicasUnavailable"], "events": []},
          "pods": [
            {"pod": "rental-api-7d-x", "reason": "CrashLoopBackOff", "restarts": 3, "phase": null,
             "containers": [{"container": "app", "log": "starting\nno such table: rentals\n", "previous_log": "no such table: rentals"}, {"container": "proxy", "log": null}],
             "events": ["Back-off restarting failed container"]}
          ],
          "missing": [],
          "metrics": {"error share": "0.31"},
          "dashboard": null
        }
        """;

    [Fact]
    public async Task What_was_kept_is_read_by_the_command_that_the_timeline_names()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await HappensAsync(service, new RollbackEvent.StepMarked("before/0", "evidence", (JsonObject)JsonNode.Parse(Captured)!, ""), new RollbackEvent.StepMarked("before/0", "other", [], ""));

        (await service.RunAsync("evidence", Happenings.Id)).ShouldBe((0, $"""
            {Moment.WholeSecond(service.Chronicle.Book.Rollbacks[Happenings.Id].ProposedAt)} UTC  before/0
              failing: 1
              workload:
                runs: rental-api:v2 (revision 7)
                replicas: 2
                ready: 1
                conditions:
                  - Available=False MinimumReplicasUnavailable
              pods:
                pod rental-api-7d-x
                  reason: CrashLoopBackOff
                  restarts: 3
                  containers:
                    container app
                      log:
                        starting
                        no such table: rentals
                      previous log: no such table: rentals
                    container proxy
                  events:
                    - Back-off restarting failed container
              metrics:
                error share: 0.31

            """.ReplaceLineEndings("\n"), ""));
        (await service.RunAsync("evidence", Happenings.Id, "--json")).Output.ShouldContain("\"pod\":\"rental-api-7d-x\"");
    }

    [Fact]
    public async Task Where_nothing_was_kept_it_says_so()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await HappensAsync(service);

        (await service.RunAsync("evidence", Happenings.Id)).ShouldBe((0, "no evidence was kept: no step took any, or it has not begun yet\n", ""));
    }

    // Over at once, or the service's own worker would take it up.
    private static Task HappensAsync(OperatorsUnderTest service, params RollbackEvent[] events) => service.Chronicle.ChangeAsync(
        _ => ((IEnumerable<RollbackEvent>)[Happenings.Proposed(), .. events, Happenings.Closed(Outcome.Failed, Reason.CheckFailed, "look")]).Select(e => new Entry(Happenings.Journalled, e)),
        TestContext.Current.CancellationToken);
}
