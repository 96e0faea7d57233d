using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>What can lose data is started by a person and agreed to by typing: the real actions say so of themselves.</summary>
public sealed class DestructiveActionsTests
{
    [Theory]
    [InlineData("sql: {database: d, file: a.sql}")]
    [InlineData("mongo_script: {database: d, file: a.js}")]
    [InlineData("restore_backup: {database: d, from: latest}")]
    [InlineData("migration_down: {database: d, to: previous}")]
    [InlineData("job: {image: \"mongo:7\", command: [drop-all], destroys_data: true}")]
    [InlineData("exec: {command: [drop-all], destroys_data: true}")]
    [InlineData("command: {name: drop-all, destroys_data: true}")]
    public void An_action_that_can_lose_data_needs_a_typed_approval(string step)
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.sql", "DELETE FROM rentals");
        folder.Write("a.js", "db.rentals.drop()");
        var typed = Load(folder, step, "approval: {role: dba, type: the database's name, answer: d}");
        var untyped = Load(folder, step, "approval: {role: dba}");

        typed.Faults.ShouldBeEmpty();
        untyped.Faults.ShouldHaveSingleItem().Message.ShouldEndWith("can lose data for good, and nobody has to agree by typing");
    }

    [Theory]
    [InlineData("restore_backup: {database: d, from: latest}", "restore_backup")]
    [InlineData("exec: {command: [drop-all], destroys_data: true}", "exec")]
    public void Under_on_failure_nobody_types_for_it_whatever_the_playbook_asks_for(string step, string action)
    {
        using var folder = new TemporaryFolder();

        Load(folder, "rollout_undo: {to: previous}", "approval: {role: dba, type: its name, answer: d}", onFailure: $"[{step}]")
            .Faults.ShouldHaveSingleItem().Message.ShouldBe($"\"on_failure\" of playbook \"change\" has {action}, which can lose data for good, and nobody is asked there");
    }

    [Theory]
    [InlineData("job: {image: \"mongo:7\", command: [count-all]}")]
    [InlineData("exec: {command: [count-all], destroys_data: false}")]
    [InlineData("command: count-all")]
    public void What_declares_nothing_needs_none(string step)
    {
        using var folder = new TemporaryFolder();

        Load(folder, step, "approval: {role: dba}").Faults.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_declared_to_lose_data_is_never_started_by_an_alert()
    {
        using var folder = new TemporaryFolder();

        Load(folder, "job: {image: \"mongo:7\", destroys_data: true}", "approval: {role: dba, type: its name, answer: d}", "playbook: change")
            .Faults.ShouldHaveSingleItem().Message.ShouldEndWith("it must not start without a person");
    }

    private static MatrixOutcome Load(TemporaryFolder folder, string step, string approval, string ending = "log: true", string onFailure = "[]") => MatrixLoader.Load(
        folder.Write("matrix.yml", $$"""
            team: rental
            services: {rental-api: {workload: {deployment: shop/api} } }
            severities: {low: {} }
            rows: [{name: low, matchers: ['severity="low"'], {{ending}}}]
            playbooks:
              change:
                manual: {role: on-call}
                {{approval}}
                steps: [{{step}}]
                verify: [healthy]
                on_failure: {{onFailure}}
            checks: {healthy: [rollout_status]}
            """), OfflineCatalog.Create(), null);
}
