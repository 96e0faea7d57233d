using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>Commands in containers; no program is really run on either cluster.</summary>
public sealed class ExecContractTests
{
    private static readonly ExecOptions Patient = new(TimeSpan.FromSeconds(60));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_command_ends_with_its_outputs_apart_and_its_exit_code(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.RunPodAsync("web");

        (await ExecAsync(cluster, "echo", "all is well")).ShouldBe(new ExecResult(0, "all is well\n", ""));
        (await ExecAsync(cluster, "sh", "-c", "echo out; echo grief >&2; exit 3")).ShouldBe(new ExecResult(3, "out\n", "grief\n"));
        (await ExecAsync(cluster, "echo", "a&b=c d/é")).Output.ShouldBe("a&b=c d/é\n");
        (await cluster.Api.ExecAsync(cluster.Namespace, "web", null, ["true"], Patient, Cancellation)).Succeeded.ShouldBeTrue();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nobody_waits_longer_for_a_command_than_its_time(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.RunPodAsync("web");
        var result = await cluster.Api.ExecAsync(
            cluster.Namespace, "web", "app", ["sh", "-c", "echo begun; sleep 30"], new ExecOptions(TimeSpan.FromSeconds(1)), Cancellation);
        result.ShouldBe(new ExecResult(null, "begun\n", "", TimedOut: true));
        result.Succeeded.ShouldBeFalse();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Of_a_long_output_the_beginning_is_kept(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.RunPodAsync("web");
        // The fourth byte is the first half of a letter.
        var result = await cluster.Api.ExecAsync(cluster.Namespace, "web", "app", ["echo", "abcéd"], new ExecOptions(TimeSpan.FromSeconds(60), 4), Cancellation);
        result.ShouldBe(new ExecResult(0, "abc", "", Clipped: true));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_pod_may_make_its_commands_fail(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.RunPodAsync("web", new JsonObject { ["fake-kubelet/exec-fail"] = "^echo two" });
        (await ExecAsync(cluster, "echo", "one")).ExitCode.ShouldBe(0);
        var failed = await ExecAsync(cluster, "echo", "two");
        failed.ExitCode.ShouldBe(1);
        failed.Errors.ShouldContain("made to fail");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Where_nothing_can_be_run_nothing_is_said_to_have_run(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.RunPodAsync("web");
        (await RefusalAsync(cluster, "none", "app")).Fault.ShouldBe(KubernetesFault.NotFound);
        (await RefusalAsync(cluster, "web", "none")).Fault.ShouldBe(KubernetesFault.Invalid);
    }

    private static Task<ExecResult> ExecAsync(TestCluster cluster, params string[] command) =>
        cluster.Api.ExecAsync(cluster.Namespace, "web", "app", command, Patient, Cancellation);

    private static Task<KubernetesException> RefusalAsync(TestCluster cluster, string pod, string container) =>
        Should.ThrowAsync<KubernetesException>(() => cluster.Api.ExecAsync(cluster.Namespace, pod, container, ["true"], Patient, Cancellation));
}
