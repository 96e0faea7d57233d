using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Support;

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

    private async Task<CheckResult> AskAsync(GrantedCommand? command)
    {
        var grants = new TeamGrants { Commands = command is null ? [] : new Dictionary<string, GrantedCommand> { ["tests"] = command } };
        var check = new CommandCheck(new GrantedCommands(Asking.Granting(grants), _scripts.Programs()));
        return (await check.AskAsync(Asking.Context(), Asking.Parameters("""{"name": "tests"}"""), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
    }

    public void Dispose() => _scripts.Dispose();
}
