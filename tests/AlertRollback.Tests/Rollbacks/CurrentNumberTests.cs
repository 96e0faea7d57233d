using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Rollbacks;

public sealed class CurrentNumberTests
{
    private readonly Shop _shop = Shop.WithReleases("v1", "v2");
    private readonly CurrentNumber _number;

    public CurrentNumberTests() => _number = new CurrentNumber(_shop.Cluster, Shop.Api);

    private Task<long?> ReadAsync(string? digest = null) => _number.ReadAsync(_shop.Live, digest ?? LiveTemplate.Digest(_shop.Live), TestContext.Current.CancellationToken);

    [Fact]
    public async Task S9_a_revision_that_came_back_has_its_number_only_once_the_controller_has_counted_it()
    {
        (await ReadAsync()).ShouldBe(2);
        _shop.Release("v1");
        (await ReadAsync()).ShouldBeNull("it would be the number of its first time");
        _shop.CountUp(1, 3);
        _shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = 3);

        (await ReadAsync()).ShouldBe(3);
        (await ReadAsync()).ShouldBeNull("once for each change");
    }

    [Fact]
    public async Task The_number_of_what_was_deployed_in_between_is_not_taken_for_that_of_what_was_seen()
    {
        (await ReadAsync("another")).ShouldBeNull();
        (await ReadAsync()).ShouldBe(2);
    }
}
