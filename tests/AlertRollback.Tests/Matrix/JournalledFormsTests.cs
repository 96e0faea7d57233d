using System.Text.Json;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Matrix;

/// <summary>Rollbacks carry their own copy of row, playbook and service through the journal (S14).</summary>
public sealed class JournalledFormsTests
{
    [Fact]
    public void The_whole_language_survives_the_journal()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("    slack:", "    flag: http://flags/x\n    checks: {own: [http: /own]}\n    slack:")
            .Replace("    verify: [healthy]", """
                    manual: {role: devops, inputs: {path: x}}
                    approval: {role: devops, type: its name}
                    meanwhile: [{scale: {replicas: 0}, if: [healthy, own], within: 1m, services: all}]
                    verify: [healthy, own]
                    on_failure: [playbook: stop]
                    follow_up: [{task: Look, within: 4h}]
                    targets: {total: 1h}
                  stop: {steps: [scale: {replicas: 0}], verify: [healthy]}
                """, StringComparison.Ordinal));
        var act = (Decision.Act)matrix.Decide(DecisionMatrixTests.Labels("service=rental-api,severity=critical"));

        Again(act.Playbook).ShouldBe(Written(act.Playbook));
        Again(act.Service).ShouldBe(Written(act.Service));
        Again(act.Row).ShouldBe(Written(act.Row));
        Again(act.Severity).ShouldBe(Written(act.Severity));
    }

    [Fact]
    public void What_the_former_version_wrote_is_read()
    {
        var playbook = Read<PlaybookDefinition>("""
            {"name":"undo","guards":{"deployedWithin":"04:00:00","hold":"00:15:00","cooldown":"00:00:00"},"before":[],
             "methods":[{"name":"steps","within":"00:10:00","steps":[{"action":"rollout_undo","parameters":{"to":"previous"}}]}],
             "verify":[{"name":"healthy","within":"00:05:00","every":"00:00:05","all":[{"check":"http","parameters":{"get":["/"]},"report":false}]}],
             "onFailure":[],"stabilise":"00:30:00"}
            """);
        var service = Read<ServiceDefinition>("""
            {"team":"rental","name":"rental-api","workload":{"kind":"deployment","namespace":"production","name":"rental-api"},"url":null,"slack":null,"statuspage":null}
            """);

        playbook.For(service).Methods[0].Steps[0].If.ShouldBeEmpty();
        (playbook.Manual, playbook.Approval, playbook.Then, playbook.Targets).ShouldBe((null, null, null, TimeTargets.None));
        (service.Workload!.Cluster, service.Settings.Count, service.Checks.Count).ShouldBe(("default", 0, 0));
    }

    private static string Again<T>(T value) => Written(Read<T>(Written(value)));

    private static string Written<T>(T value) => JsonSerializer.Serialize(value, EventJson.Options);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, EventJson.Options)!;
}
