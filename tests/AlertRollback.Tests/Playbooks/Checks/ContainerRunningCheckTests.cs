using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Containers;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class ContainerRunningCheckTests : IAsyncLifetime
{
    private const string Container = "rental-api-prod";

    private PretendEngine _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await PretendEngine.StartAsync();
        _engine.Run(Container, "rental-api:v2");
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [InlineData(null, Verdict.Pass)]
    [InlineData("none", Verdict.Pass)]
    [InlineData("healthy", Verdict.Pass)]
    [InlineData("starting", Verdict.Inconclusive)]
    [InlineData("unhealthy", Verdict.Fail)]
    public async Task S16_one_whose_health_is_not_known_yet_is_neither_well_nor_ill(string? health, Verdict verdict)
    {
        if (health is not null)
            _engine.Find(Container)!["State"]!["Health"] = new JsonObject { ["Status"] = health };
        (await AskAsync()).ShouldBe(verdict);
    }

    [Theory]
    [InlineData("rental-api:v1", Verdict.Fail)]
    [InlineData("rental-api:v2", Verdict.Pass)]
    [InlineData("rental-api:v9", Verdict.Fail)]
    public async Task An_image_that_is_named_has_to_run(string image, Verdict verdict) =>
        (await AskAsync(image)).ShouldBe(verdict);

    [Fact]
    public async Task One_that_is_not_there_does_not_run()
    {
        _engine.Remove(Container);
        (await AskAsync()).ShouldBe(Verdict.Fail);
    }

    private async Task<Verdict> AskAsync(string? image = null)
    {
        var engines = new GrantedEngines(Asking.Granting(new TeamGrants { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = _engine.Grant } }), TimeProvider.System);
        var parameters = new JsonObject { ["name"] = Container, ["host"] = "rental-vm" };
        if (image is not null)
            parameters["image"] = image;
        return (await new ContainerRunningCheck(engines).AskAsync(Asking.Context(), parameters, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Verdict;
    }
}
