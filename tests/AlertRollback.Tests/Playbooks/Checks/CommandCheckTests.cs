using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class CommandCheckTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Theory]
    [InlineData("echo 12 tests passed", Verdict.Pass, ": 12 tests passed")]
    [InlineData("echo 1 of 12 tests failed; exit 1", Verdict.Fail, ": 1 of 12 tests failed")]
    [InlineData("sleep 60", Verdict.Inconclusive, "killed after 1s")]
    public async Task Its_exit_code_decides(string body, Verdict verdict, string measured)
    {
        var result = await AskAsync(new GrantedCommand([_scripts.Write("tests", body)]) { ReadOnly = true, Timeout = TimeSpan.FromSeconds(1) });

        result.Verdict.ShouldBe(verdict);
        result.Measured.ShouldEndWith(measured);
    }

    [Fact]
    public async Task The_operators_timeout_decides_how_long_it_is_waited_for()
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var command = new GrantedCommand([_scripts.Write("tests", "sleep 0.2")]) { ReadOnly = true, Timeout = TimeSpan.FromMinutes(2) };
        var round = new CheckRound(_ => CheckOf(command), time);

        var asking = round.AskAsync(
            [new CheckDefinition("command", Asking.Parameters("""{"name": "tests"}"""), false)], Asking.Context(), Asking.Noon + TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(90));

        (await asking).Verdict.ShouldBe(Verdict.Pass);
    }

    [Fact]
    public async Task A_command_that_may_change_something_is_not_run_as_a_check()
    {
        var result = await AskAsync(new GrantedCommand([_scripts.Write("tests", $"touch {_scripts.At("ran")}")]));

        result.ShouldBe(new CheckResult(Verdict.Inconclusive, "tests", "the operator did not declare it read_only", "exit code 0"));
        File.Exists(_scripts.At("ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_program_that_is_not_there_measures_nothing() =>
        (await AskAsync(new GrantedCommand(["/no/such/tests"]) { ReadOnly = true })).Verdict.ShouldBe(Verdict.Inconclusive);

    [Fact]
    public async Task A_command_of_another_team_measures_nothing() =>
        (await AskAsync(null)).Measured.ShouldBe("not granted to team rental");

    private CommandCheck CheckOf(GrantedCommand? command)
    {
        var grants = new TeamGrants { Commands = command is null ? [] : new Dictionary<string, GrantedCommand> { ["tests"] = command } };
        return new CommandCheck(new GrantedCommands(Asking.Granting(grants), _scripts.Programs()));
    }

    private async Task<CheckResult> AskAsync(GrantedCommand? command) =>
        (await CheckOf(command).AskAsync(Asking.Context(), Asking.Parameters("""{"name": "tests"}"""), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();

    public void Dispose() => _scripts.Dispose();
}
