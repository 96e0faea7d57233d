using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class CheckTimeRulesTests
{
    [Theory]
    [InlineData("healthy:\n    all: [http: {get: /health, timeout: 6m}]", "24:11: http in check set \"healthy\" may take 6m, but the set has no more than 5m. Give the set more time: within: 12m, or the check less.")]
    [InlineData("healthy:\n    within: 1m\n    all: [sql: {database: rental, query: SELECT 1, equals: 1, timeout: 90s}]", "25:11: sql in check set \"healthy\" may take 1m30s, but the set has no more than 1m. Give the set more time: within: 3m, or the check less.")]
    [InlineData("healthy:\n    all: [job: {cronjob: integrity, timeout: 20m}]", "24:11: job in check set \"healthy\" may take 20m, but the set has no more than 5m. Give the set more time: within: 40m, or the check less.")]
    [InlineData("healthy:\n    within: 5m\n    all: [http: {get: /health, timeout: 5m}]", null)]
    [InlineData("healthy: [http: /health]", null)]
    public void What_may_take_longer_than_its_set_has_is_warned_of_and_keeps_nobody_from_the_matrix(string set, string? warning)
    {
        var warnings = Warnings(Matrices.Replaced("healthy:\n    all: [http: /health]", set));

        warnings.ShouldBe(warning is null ? [] : [$"matrix.yml:{warning}"]);
    }

    [Fact]
    public void The_same_holds_for_the_sets_of_a_service() =>
        Warnings(Matrices.Replaced("    slack:", "    checks: {own: [http: {get: /health, timeout: 6m}]}\n    slack:")).ShouldHaveSingleItem().ShouldContain("http in check set \"own\" may take 6m");

    private static List<string> Warnings(string matrix)
    {
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
        outcome.Faults.ShouldBeEmpty();
        outcome.Matrix.ShouldNotBeNull();
        return [.. outcome.Warnings.Select(w => w.ToString()).Where(w => w.Contains(" in check set ", StringComparison.Ordinal))];
    }
}
