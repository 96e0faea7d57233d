using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>A guard that could only ever refuse is a fault, not a surprise at night.</summary>
public sealed class GuardChecksTests
{
    private const string Remedy = "Ask what stays the same until something is changed, as sql, migration or exec do.";

    [Theory]
    [InlineData("http: /health", "http")]
    [InlineData("command: tests", "command")]
    [InlineData("job: {cronjob: integrity}", "job")]
    [InlineData("backup: rental", "backup")]
    [InlineData("dns: {host: db, image: busybox}", "dns")]
    public void Answers_that_are_never_twice_the_same_are_not_compared(string check, string name)
    {
        foreach (var guard in new[] { "same_as_at_target", "all_zero" })
        {
            Load($"{guard}: {{{check}}}").Faults.ShouldHaveSingleItem().ToString().ShouldEndWith(
                $"\"{guard}\" of \"guards\" of playbook \"undo\" asks {name}, whose answer cannot be compared: it holds a time, or something is run for it. {Remedy}");
        }
    }

    [Theory]
    [InlineData("sql: {database: rental, query: SELECT 1}")]
    [InlineData("mongo: {database: rental, collection: reports}")]
    [InlineData("migration: rental")]
    [InlineData("exec: [printenv, SCHEMA]")]
    [InlineData("image_is: {equals: 'app:v1'}")]
    [InlineData("promql: {query: up}")]
    [InlineData("dns: db")]
    public void Answers_that_stay_the_same_are_compared(string check)
    {
        foreach (var guard in new[] { "same_as_at_target", "all_zero" })
            Load($"{guard}: {{{check}}}").Faults.Where(f => f.Message.Contains("compared", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    // What is recorded while a release runs belongs to no rollback.
    [Theory]
    [InlineData("${name}")]
    [InlineData("${initiator}")]
    [InlineData("${started}")]
    public void What_only_a_rollback_knows_cannot_be_asked_while_a_release_runs(string placeholder)
    {
        var check = $"{{sql: {{database: rental, query: \"SELECT '{placeholder}'\"}}}}";

        Load($"same_as_at_target: {check}").Faults.ShouldHaveSingleItem().ToString().ShouldEndWith(
            $"contains \"{placeholder}\", which nothing fills in. Allowed here: ${{service}}, ${{namespace}}, ${{since_change}}.");
        Load($"all_zero: {check}").Faults.ShouldBeEmpty();
    }

    private static MatrixOutcome Load(string guard)
    {
        var matrix = Matrices.Replaced("    verify: [healthy]", $"    verify: [healthy]\n    manual: {{role: devops, inputs: {{name: x}}}}\n    guards: {{{guard}}}");
        return MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
    }
}
