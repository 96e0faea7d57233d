using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class CommandActionTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Fact]
    public async Task Exit_code_0_is_done_and_the_last_line_is_told()
    {
        var outcome = await RunAsync(Script("echo deploying; echo rental v1 is live"));

        outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith(": rental v1 is live");
    }

    [Fact]
    public async Task Any_other_exit_code_is_a_measured_failure()
    {
        var outcome = await RunAsync(Script("echo no such release >&2; exit 4"));

        outcome.ShouldBe(new StepOutcome.Failed(Reason.CommandFailed, "deploy ended with exit code 4: no such release"));
    }

    [Fact]
    public async Task A_program_that_is_not_there_was_not_run() =>
        (await RunAsync(new GrantedCommand(["/no/such/deploy"]))).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.ProgramAbsent);

    [Fact]
    public async Task S16_a_secret_that_cannot_be_read_now_is_no_measured_failure()
    {
        var command = Script("true") with { Environment = new Dictionary<string, GrantedVariable> { ["TOKEN"] = new(null, _scripts.At("no-such-file")) } };

        (await RunAsync(command)).ShouldBe(new StepOutcome.CannotTell(Reason.CannotTell, "deploy was not run: the file of the variable TOKEN cannot be read"));
    }

    [Theory]
    [InlineData(0, "done")]
    [InlineData(1, "cannot tell outcome_unknown")]
    public async Task After_a_crash_a_no_is_not_believed_while_it_may_still_run(int exitCode, string expected)
    {
        var command = Script("true") with { ReadBack = [_scripts.Write("read-back", $"exit {exitCode}")] };
        var (journal, now) = (new FakeStepJournal(), TimeProvider.System.GetUtcNow());
        await journal.PrepareAsync("begun", Acting.Json($$"""{"until": "{{now.AddHours(1):O}}"}"""), "", TestContext.Current.CancellationToken);
        var pin = await Action(command).PinAsync(Acting.Context(), Acting.Json("""{"name": "deploy"}"""));

        Word(await Action(command).ApplyAsync(Acting.Context(attempt: 2, journal: journal, deadline: now.AddSeconds(4)), pin)).ShouldBe(expected);
    }

    [Fact]
    public async Task Declared_to_converge_but_too_late_it_is_only_read_back()
    {
        var command = Script($"echo run >> {_scripts.At("runs")}") with { Converges = true, ReadBack = [_scripts.Write("read-back", "exit 0")] };
        var journal = new FakeStepJournal { Stop = new StepOutcome.CannotTell(Reason.OutcomeUnknown, "nothing more is written") };
        await journal.PrepareAsync("begun", [], "", TestContext.Current.CancellationToken);
        var pin = await Action(command).PinAsync(Acting.Context(), Acting.Json("""{"name": "deploy"}"""));

        Word(await Action(command).ApplyAsync(Acting.Context(attempt: 2, journal: journal), pin)).ShouldBe("done");
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Theory]
    [InlineData(0, "done")]
    [InlineData(1, "failed command_failed")]
    [InlineData(2, "cannot tell outcome_unknown")]
    public async Task Killed_for_taking_too_long_its_read_back_decides(int exitCode, string expected)
    {
        var command = Script("sleep 100") with { Timeout = TimeSpan.FromSeconds(1), ReadBack = [_scripts.Write("read-back", $"exit {exitCode}")] };

        Word(await RunAsync(command)).ShouldBe(expected);
    }

    [Theory]
    [InlineData(0, "done")]
    [InlineData(1, "failed command_failed")]
    [InlineData(7, "cannot tell outcome_unknown")]
    [InlineData(null, "cannot tell outcome_unknown")]
    public async Task After_a_crash_it_is_never_repeated_and_its_read_back_decides(int? exitCode, string expected)
    {
        var command = Script($"echo run >> {_scripts.At("runs")}");
        if (exitCode is not null)
            command = command with { ReadBack = [_scripts.Write("read-back", $"exit {exitCode}")] };

        Word(await RunAsync(command, attempt: 2)).ShouldBe(expected);
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Fact]
    public async Task Declared_to_converge_it_is_run_again_after_a_crash()
    {
        var command = Script($"echo run >> {_scripts.At("runs")}") with { Converges = true };

        Word(await RunAsync(command, attempt: 2)).ShouldBe("done");
        _scripts.Lines("runs").ShouldBe(1);
    }

    [Fact]
    public async Task Declared_inputs_become_arguments()
    {
        var command = Script($"printf '%s|' \"$@\" > {_scripts.At("got")}") with
        {
            Run = [_scripts.At("deploy"), "--version", "${version}"],
            Inputs = new Dictionary<string, string> { ["version"] = @"v[0-9]+\.[0-9]+\.[0-9]+" },
        };

        Word(await RunAsync(command, parameters: """{"name": "deploy", "inputs": {"version": "${version}"}}""")).ShouldBe("done");
        (await File.ReadAllTextAsync(_scripts.At("got"), TestContext.Current.CancellationToken)).ShouldBe("--version|v1.4.2|");
    }

    [Theory]
    [InlineData("""{"version": "v1; rm -rf /"}""", "the input version is not of the form the operator allows")]
    [InlineData("""{"version": "--force"}""", "an input begins with a dash: it would be read as an option")]
    [InlineData("""{"other": "v1"}""", "the operator declared no input other")]
    [InlineData("""{}""", "the input version is not given")]
    public async Task What_the_operator_did_not_allow_is_refused(string inputs, string fault)
    {
        var command = new GrantedCommand(["/bin/true", "${version}"]) { Inputs = new Dictionary<string, string> { ["version"] = "v1|--force" } };

        var refused = await Action(command).RefusedAsync(Acting.Context(), Acting.Json($$"""{"name": "deploy", "inputs": {{inputs}} }"""));

        refused.ShouldBe(new PinOutcome.Refused(Reason.NotGranted, $"command deploy: {fault}"));
    }

    [Fact]
    public async Task A_command_declared_anew_since_the_plan_is_not_run()
    {
        var pin = await Action(Script("true")).PinAsync(Acting.Context(), Acting.Json("""{"name": "deploy"}"""));

        var outcome = await Action(new GrantedCommand(["/bin/other"])).ApplyAsync(Acting.Context(), pin);

        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.NotGranted);
    }

    [Fact]
    public async Task A_secret_of_its_environment_reaches_the_program_and_nothing_else()
    {
        var secret = Path.Combine(_scripts.Folder, "token");
        await File.WriteAllTextAsync(secret, "hunter22\n", TestContext.Current.CancellationToken);
        var command = Script("[ \"$TOKEN\" = hunter22 ] && echo \"used $TOKEN\"") with { Environment = new Dictionary<string, GrantedVariable> { ["TOKEN"] = new(null, secret) } };
        var action = Action(command);
        var pin = await action.PinAsync(Acting.Context(), Acting.Json("""{"name": "deploy"}"""));

        pin.ToJsonString().ShouldNotContain("hunter22");
        (await action.ApplyAsync(Acting.Context(), pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("used ***");
    }

    private GrantedCommand Script(string body) => new([_scripts.Write("deploy", body)]);

    private CommandAction Action(GrantedCommand command) => new(
        new GrantedCommands(Acting.Granting(new TeamGrants { Commands = new Dictionary<string, GrantedCommand> { ["deploy"] = command } }), _scripts.Programs()), TimeProvider.System);

    private async Task<StepOutcome> RunAsync(GrantedCommand command, int attempt = 1, string parameters = """{"name": "deploy"}""")
    {
        var action = Action(command);
        var pin = await action.PinAsync(Acting.Context(), Acting.Json(parameters));
        return await action.ApplyAsync(Acting.Context(attempt: attempt), pin);
    }

    private static string Word(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done => "done",
        StepOutcome.Failed failed => $"failed {failed.Reason.Word()}",
        StepOutcome.CannotTell unknown => $"cannot tell {unknown.Reason.Word()}",
        _ => outcome.ToString()!,
    };

    public void Dispose() => _scripts.Dispose();
}

internal sealed class CommandUse : ActionUse
{
    public override Type Action => typeof(CommandAction);

    public override bool SeesOthers => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World());

    private sealed class World : ActionWorld
    {
        private readonly Scripts _scripts = new();
        private readonly GrantedCommand _command;

        public World() => _command = new GrantedCommand([_scripts.Write("deploy", $"echo run >> {_scripts.At("runs")}")]);

        public override AlertRollback.Matrix.ServiceDefinition Service => Acting.Service();

        public override System.Text.Json.Nodes.JsonObject Parameters => Acting.Json("""{"name": "deploy"}""");

        public override string Before => "run 0 times";

        public override string After => "run 1 times";

        public override int Writes => _scripts.Lines("runs");

        public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() => new CommandAction(
            new GrantedCommands(Acting.Granting(new TeamGrants { Commands = new Dictionary<string, GrantedCommand> { ["deploy"] = _command } }), _scripts.Programs()), TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult($"run {Writes} times");

        public override ValueTask DisposeAsync()
        {
            _scripts.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
