using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Containers;

/// <summary>Replacing containers that really run, on a real engine.</summary>
public sealed class RealEngineTests : IAsyncLifetime
{
    private const string Container = "rental-api-prod";

    private readonly FakeStepJournal _journal = new();
    private readonly int _port = RealEngine.FreePort();
    private RealEngine _engine = null!;
    private GrantedEngines _engines = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _engine = await RealEngine.StartAsync();
        await _engine.BuildAsync("local/rental:v1");
        await _engine.BuildAsync("local/rental:v2");
        await _engine.PodmanAsync("run", "--detach", "--name", Container, "--restart", "always", "--stop-signal", "KILL", "--env", $"PORT={_port}", "--env", "DATABASE_URL=postgres://rental:hunter2@db/rental", "--label", "team=rental", "local/rental:v2");
        var granted = new TeamGrants { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = new(_engine.Address, [Container]) } };
        _engines = new GrantedEngines(Acting.Granting(granted), TimeProvider.System);
        await ServesAsync("v2");
    }

    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task The_old_image_serves_on_the_same_port_with_the_same_environment_and_can_be_put_back()
    {
        var before = await FindAsync();
        var pin = await PinAsync("local/rental:v1");
        var done = await Action.ApplyAsync(Context(), pin);

        done.ShouldBeOfType<StepOutcome.Done>(done.Text);
        await ServesAsync("v1");
        var now = await FindAsync();
        var environment = now.Json["Config"]!["Env"]!.ToJsonString();
        environment.ShouldContain("hunter2");
        environment.ShouldContain("VERSION=v1");
        environment.ShouldNotContain("VERSION=v2");
        now.Label("team").ShouldBe("rental");
        now.RestartPolicy.ShouldBe("always");
        now.Image.ShouldBe("local/rental:v1");
        (await CheckAsync(pin)).ShouldBe(new CheckResult(Verdict.Pass, $"container {Container}", "running, local/rental:v1", "running, local/rental:v1"));

        // Applied again, as after a crash, it is found to be done; and back it is the very container it was.
        (await Action.ApplyAsync(Context(attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await FindAsync()).Id.ShouldBe(now.Id);
        var back = await Action.RestoreAsync(Context(), pin, Cancellation);
        back.ShouldBeOfType<StepOutcome.Done>(back.Text);
        (await FindAsync()).Id.ShouldBe(before.Id);
        await ServesAsync("v2");
        (await CheckAsync(pin)).Verdict.ShouldBe(Verdict.Fail, "it does not run what this rollback took it back to");
    }

    [Theory]
    [InlineData("""["/bin/no-such-program"]""", "does not start")]
    [InlineData("""["/bin/busybox","sh","-c","echo cannot reach the database; exit 3"]""", "does not stay up")]
    public async Task An_old_image_that_does_not_run_makes_way_for_the_container_that_ran(string command, string why)
    {
        await _engine.BuildAsync("local/rental:v0", command);
        var before = await FindAsync();

        var outcome = await Action.ApplyAsync(Context(), await PinAsync("local/rental:v0"));

        outcome.ShouldBeOfType<StepOutcome.Failed>(outcome.Text).Text.ShouldContain(why);
        (await FindAsync()).Id.ShouldBe(before.Id);
        await ServesAsync("v2");
        (await _engine.PodmanAsync("ps", "--all", "--format", "{{.Names}}")).ShouldBe(Container);
    }

    [Fact]
    public async Task A_container_that_was_stopped_does_not_pass_the_check()
    {
        await _engine.PodmanAsync("stop", "--time", "0", Container);

        var result = await CheckAsync(null);

        result.Verdict.ShouldBe(Verdict.Fail);
        result.Measured.ShouldStartWith("exited with exit code");
    }

    private ContainerAction Action => new(_engines, new FakeRevisionLedger(), TimeProvider.System);

    private StepContext Context(int attempt = 1) => Acting.Context(attempt: attempt, journal: attempt == 1 ? _journal : null);

    private Task<JsonObject> PinAsync(string image) =>
        Action.PinAsync(Context(), new JsonObject { ["name"] = Container, ["host"] = "rental-vm", ["image"] = image, ["runs_for"] = "1s" });

    private async Task<ContainerState> FindAsync() => (await _engines.Find("rental", "rental-vm", Container)!.Engine.ContainerAsync(Container, Cancellation)).ShouldNotBeNull();

    private async Task<CheckResult> CheckAsync(JsonObject? pin)
    {
        var context = Checks.Asking.Context() with { Pins = pin is null ? new Dictionary<string, JsonObject>() : new Dictionary<string, JsonObject> { ["docker/0"] = pin } };
        var answers = await new ContainerRunningCheck(_engines).AskAsync(context, new JsonObject { ["name"] = Container, ["host"] = "rental-vm" }, Cancellation);
        return answers.ShouldHaveSingleItem();
    }

    private async Task ServesAsync(string version)
    {
        using var http = new HttpClient();
        for (var tries = 0; tries < 100; tries++)
        {
            try
            {
                if (await http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/"), Cancellation) == version)
                    return;
            }
            catch (HttpRequestException)
            {
                // not up yet
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation);
        }

        throw new TimeoutException($"nobody says {version} on port {_port}");
    }
}
