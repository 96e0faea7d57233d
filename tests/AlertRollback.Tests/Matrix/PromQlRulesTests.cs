using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Rules;
using AlertRollback.Operators;

namespace AlertRollback.Tests.Matrix;

public sealed class PromQlRulesTests
{
    [Theory]
    [InlineData("sum(rate(x[5m])", "a ( is not closed")]
    [InlineData("sum(rate(x[5m)))", "a ) closes nothing")]
    [InlineData("sum(x))", "a ) closes nothing")]
    [InlineData("x{job=\"a}", "a \" is not closed")]
    [InlineData("x{job=\"a\\\"}", "a \" is not closed")]
    [InlineData("x{job='a'", "a { is not closed")]
    [InlineData("x{job=`a\\`", "a { is not closed")]
    [InlineData("sum(x # of all)", "a ( is not closed")]
    [InlineData("sum(x # of all)\n)", null)]
    [InlineData("x{job=\"(\", path=~'\\'[{', other=`\\`}", null)]
    [InlineData("(sum(rate(x{job=\"${service}\",status=~\"5..\"}[${since_change}])) or 0 * sum(x)) / sum(x)", null)]
    [InlineData("up", null)]
    public void Brackets_and_quotes_that_are_not_in_order_are_found(string query, string? fault) => PromQlBrackets.Fault(query).ShouldBe(fault);

    [Theory]
    [InlineData("    all: [http: /health]", "    all: [promql: {query: \"sum(x\", below: 1}]", "24:11: Prometheus will refuse the query of promql")]
    [InlineData("    slack:", "    checks: {healthy: [promql: {query: \"sum(x\", below: 1}]}\n    slack:", "6:24: Prometheus will refuse the query of promql")]
    [InlineData("      - rollout_undo:", "      - {wait: 30s, if: [promql: {query: \"sum(x\", below: 1}]}\n      - rollout_undo:", "20:26: Prometheus will refuse the query of promql")]
    [InlineData("      - rollout_undo:", "      - check: [promql: {query: \"sum(x\", below: 1}]\n      - rollout_undo:", "20:17: Prometheus will refuse the query of promql")]
    [InlineData("    steps:\n", "    before: [capture: {promql: {all: \"sum(x\"}}]\n    steps:\n", "19:14: Prometheus will refuse the query of capture")]
    public void Wherever_such_a_query_stands_it_is_warned_of_and_keeps_nobody_from_the_matrix(string part, string by, string expected) =>
        Warnings(Matrices.Replaced(part, by), null).ShouldBe([$"matrix.yml:{expected}: a ( is not closed in \"sum(x\". Put it right: until then nothing can be told by it."]);

    [Theory]
    [InlineData("[promql: {query: up, equals: 1}]", "promql asks Prometheus, but")]
    [InlineData("[http: /health, promql: {query: up, equals: 1}, promql: {query: x, below: 1}]", "promql asks Prometheus, as 1 more in this file does, but")]
    public void Where_the_operator_has_no_Prometheus_that_is_said(string checks, string expected)
    {
        var matrix = Matrices.Replaced("[http: /health]", checks);

        var none = new OperatorConfiguration { Matrix = "matrix.yml", Journal = "journal.db" };
        Warnings(matrix, none).ShouldHaveSingleItem().ShouldContain($"{expected} the operator configured none: nothing can be told by it. Ask the operator for prometheus: {{url: …}}.");
        Warnings(matrix, null).ShouldBeEmpty("it is not known");
        Warnings(matrix, none with { Prometheus = new HttpSource("http://prometheus:9090", null) }).ShouldBeEmpty();
        Warnings(Matrices.Rental, none).ShouldBeEmpty("nothing is asked of it");
    }

    private static List<string> Warnings(string matrix, OperatorConfiguration? configuration)
    {
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), configuration);
        if (configuration is null) outcome.Faults.ShouldBeEmpty();
        return [.. outcome.Warnings.Select(w => w.ToString()).Where(w => w.Contains("Prometheus", StringComparison.Ordinal))];
    }
}
