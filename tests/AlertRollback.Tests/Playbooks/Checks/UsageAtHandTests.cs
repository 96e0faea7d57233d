using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>Figures of a metrics API as they are written by hand: old ones, and some without a time.</summary>
public sealed class UsageAtHandTests
{
    private readonly InMemoryKubernetes _cluster = new();

    [Theory]
    // asked at 12:00
    [InlineData("2026-11-23T11:55:01Z", Verdict.Pass)]
    [InlineData("2026-11-23T11:55:00Z", Verdict.Inconclusive)]
    [InlineData(null, Verdict.Pass)]
    public async Task S16_figures_of_five_minutes_ago_measure_nothing(string? at, Verdict verdict)
    {
        _cluster.Put(ResourceKind.Node, """{"metadata": {"name": "n", "namespace": "", "uid": "n"}, "status": {"allocatable": {"cpu": "2", "memory": "8Gi"} } }""");
        _cluster.Put(ResourceKind.NodeMetrics, $$$"""
            {"metadata": {"name": "n", "namespace": "", "uid": "m"}{{{(at is null ? "" : $", \"timestamp\": \"{at}\"")}}}, "usage": {"cpu": "1", "memory": "4Gi"} }
            """);

        var results = await new ResourceUsageCheck(new Clusters(_cluster)).AskAsync(Asking.Context(), Asking.Parameters("""{"of": "nodes", "memory_below": "80%"}"""), TestContext.Current.CancellationToken);
        results.ShouldHaveSingleItem().Verdict.ShouldBe(verdict);
    }
}
