using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Concurrency;

/// <summary>Others change the workload while the service works on it, or is dead (S1, S2, S4, S5).</summary>
public sealed class OthersMeanwhileTests
{
    private const string Bad = "shop/rental-api:v2-errors";
    private const string Newer = "shop/rental-api:v3";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_pipeline_that_releases_between_pin_and_write_is_left_alone()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        stage.Api.BeforeWrite = async () =>
        {
            await stage.Workload.ReleaseAsync(Newer);
            return true;
        };

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("superseded");
        (await stage.Workload.ImageAsync()).ShouldBe(Newer);
        stage.Undos.ShouldBe(0);
    }

    [Fact]
    public async Task An_autoscaler_that_scales_between_pin_and_write_keeps_its_replicas_and_the_undo_is_done()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        stage.Api.BeforeWrite = async () =>
        {
            await stage.Workload.ScaleAsync(5);
            return true;
        };

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        (await stage.Workload.ReplicasAsync()).ShouldBe(5);
        stage.Undos.ShouldBe(1);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task The_template_put_back_by_hand_while_the_service_is_dead_is_not_undone_again()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        await DieAtTheWriteAsync(stage);
        await stage.Workload.ReleaseAsync(Stage.Good);
        await stage.Workload.CompleteAsync();

        await stage.Service.StartAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        stage.Undos.ShouldBe(0);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_newer_release_while_the_service_is_dead_is_left_alone()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        await DieAtTheWriteAsync(stage);
        await stage.Workload.ReleaseAsync(Newer);

        await stage.Service.StartAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("superseded");
        (await stage.Workload.ImageAsync()).ShouldBe(Newer);
        stage.Undos.ShouldBe(0);
    }

    [Fact]
    public async Task The_release_put_in_again_on_purpose_after_an_undo_the_dead_service_never_heard_of_is_left_alone()
    {
        await using var stage = await Stage.StartAsync(release: Bad);
        stage.Api.AfterWrite = () => stage.Service.KillAsync();
        await stage.AlertAsync();
        await Eventually.BeAsync("it was killed", Soon, () => stage.Service.Program.HasExited);
        await stage.Workload.ReleaseAsync(Bad);

        await stage.Service.StartAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("superseded");
        (await stage.Workload.ImageAsync()).ShouldBe(Bad);
        stage.Undos.ShouldBe(1);
    }

    [Theory]
    [InlineData("deployments", "shop/rental-api:bad2", "a rollout that is stuck")]
    [InlineData("deployments", "shop/rental-api:broken2", "pods that crash")]
    [InlineData("statefulsets", "shop/rental-api:bad2", "a StatefulSet whose first pod is broken")]
    [InlineData("daemonsets", "shop/rental-api:broken2", "a DaemonSet")]
    public async Task Is_undone_and_runs_again(string collection, string release, string what)
    {
        await using var stage = await Stage.StartAsync(collection, release);

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("rolled_back", what);
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        stage.Undos.ShouldBe(1);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
        await stage.Workload.CompleteAsync();
    }

    private static async Task DieAtTheWriteAsync(Stage stage)
    {
        stage.Api.BeforeWrite = async () =>
        {
            await stage.Service.KillAsync();
            return false;
        };
        await stage.AlertAsync();
        await Eventually.BeAsync("it was killed", Soon, () => stage.Service.Program.HasExited);
    }
}
