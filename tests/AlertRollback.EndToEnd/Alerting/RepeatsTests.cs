using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Alerting;

public sealed class RepeatsTests
{
    [Fact]
    public async Task Repeats_and_the_duplicates_of_a_second_Alertmanager_give_one_rollback()
    {
        await using var stage = await Stage.StartAsync(release: "shop/rental-api:v2");
        await using var cleanup = new Cleanup();
        // Shipped, it repeats after an hour; here as soon as the group is looked at again.
        static string Impatient(string config) => config.Replace("repeat_interval: 1h", "repeat_interval: 1s", StringComparison.Ordinal);
        var one = cleanup.Add(await AlertmanagerProcess.StartAsync(stage.Files, Impatient));
        var two = cleanup.Add(await AlertmanagerProcess.StartAsync(stage.Files, Impatient));
        var alert = FiredAlert.ForAlertmanager(FiredAlert.BySomethingReleasedNow);

        await one.FireAsync(alert);
        await two.FireAsync(alert);
        foreach (var alertmanager in new[] { one, two })
            await Eventually.BeAsync("a repeat", TimeSpan.FromSeconds(60), () => alertmanager.Deliveries >= 2);
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(60));

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        stage.Undos.ShouldBe(1);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        await Eventually.BeAsync("Slack has one message", TimeSpan.FromSeconds(10), () => stage.People.Messages.Count == 1);
    }
}
