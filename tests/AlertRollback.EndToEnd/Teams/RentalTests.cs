namespace AlertRollback.EndToEnd.Teams;

/// <summary>The rental module's runbook, on its shipped files.</summary>
public sealed class RentalTests
{
    private const string Good = "rental-api:v1";
    private const string Bad = "rental-api:v2";

    [Fact]
    public async Task The_critical_band_takes_the_deployment_back_to_the_last_known_good_release()
    {
        await using var stage = await TeamStage.CreateAsync("rental");
        var api = await stage.DeployAsync("rental-api", Good, replicas: 3);
        var good = await api.TemplateAsync();
        await stage.ServeAsync();
        await stage.ReleaseAsync(api, Bad);

        await stage.AlertAsync("rental-api", ("severity", "critical"));
        await stage.ClosedAsync(await stage.OnlyAsync());

        (await api.TemplateAsync()).ShouldBe(good);
        (await api.ReplicasAsync()).ShouldBe(3);
        stage.Api.Accepted.ShouldBe([$"PATCH /{api.Path}"]);
        stage.Application.Asked.ShouldContain(a => a.Path == "/api/transactions/rentals/active" && a.Authorization == "Bearer e2e-rental-api-key");
    }
}
