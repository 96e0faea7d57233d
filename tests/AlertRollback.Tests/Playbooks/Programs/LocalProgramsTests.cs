using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Programs;

public sealed class LocalProgramsTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Fact]
    public async Task Arguments_arrive_one_by_one_and_no_shell_reads_them()
    {
        _scripts.Write("show", "printf '%s|' \"$@\"");

        var ended = await EndedAsync(["show", "a b", "$(touch /tmp/x)", "; rm -rf /", "", "*"]);

        ended.Output.ShouldBe("a b|$(touch /tmp/x)|; rm -rf /||*|");
        ended.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task It_gets_only_the_environment_it_was_given()
    {
        var ended = await RunAsync(new ProgramCall(["env"], TimeSpan.FromSeconds(20)) { Environment = new Dictionary<string, string> { ["GIVEN"] = "1" } });

        ended.ShouldBeOfType<ProgramResult.Ended>().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=')[0]).Except(["_", "PWD", "SHLVL"]).Order().ShouldBe(["GIVEN", "LANG", "PATH"]);
    }

    [Fact]
    public async Task Exit_code_and_both_outputs_are_kept_apart()
    {
        _scripts.Write("fail", "echo working; echo broken >&2; exit 3");

        var ended = await EndedAsync(["fail"]);

        ended.ExitCode.ShouldBe(3);
        ended.Output.ShouldBe("working\n");
        ended.Errors.ShouldBe("broken\n");
        ended.LastLine.ShouldBe("broken");
    }

    [Fact]
    public async Task Secrets_never_appear_in_what_is_kept()
    {
        _scripts.Write("leak", "echo \"token $TOKEN\"; echo \"second line of it: $2\" >&2");
        var call = new ProgramCall(["leak", "x", "line-two"], TimeSpan.FromSeconds(20))
        {
            Environment = new Dictionary<string, string> { ["TOKEN"] = "s3cret" },
            Secrets = ["s3cret", "line-one\nline-two"],
        };

        var ended = (ProgramResult.Ended)await RunAsync(call);

        ended.Output.ShouldBe("token ***\n");
        ended.Errors.ShouldBe("second line of it: ***\n");
    }

    [Fact]
    public async Task When_its_time_is_over_everything_it_started_is_killed()
    {
        _scripts.Write("hang", $"echo begun; sleep 300 & echo $! > {_scripts.At("pid")}; wait");

        var over = (await RunAsync(new ProgramCall(["hang"], TimeSpan.FromSeconds(2)))).ShouldBeOfType<ProgramResult.TimedOut>();

        over.LastLine.ShouldBe("begun");
        Lives("pid").ShouldBeFalse("the child lives on");
    }

    [Fact]
    public async Task When_its_time_is_over_it_may_clean_up()
    {
        _scripts.Write("careful", $"trap 'echo unlocked > {_scripts.At("lock")}; echo bye; exit 7' TERM; echo locked > {_scripts.At("lock")}; sleep 300 & wait");

        var over = (await RunAsync(new ProgramCall(["careful"], TimeSpan.FromSeconds(2)))).ShouldBeOfType<ProgramResult.TimedOut>();

        over.LastLine.ShouldBe("bye", "however it ended, nobody knows how far it was");
        File.ReadAllText(_scripts.At("lock")).ShouldBe("unlocked\n");
    }

    [Fact]
    public async Task What_it_started_may_clean_up_although_the_program_itself_is_gone_at_once()
    {
        _scripts.Write("child", $"trap 'sleep 0.5; echo unlocked > {_scripts.At("lock")}; exit 0' TERM; echo up; sleep 300 & wait");
        _scripts.Write("parent", "child; echo never");

        await RunAsync(new ProgramCall(["parent"], TimeSpan.FromSeconds(2)));

        File.ReadAllText(_scripts.At("lock")).ShouldBe("unlocked\n");
    }

    [Fact]
    public async Task What_does_not_end_when_it_is_asked_to_is_killed_with_all_it_started()
    {
        _scripts.Write("child", $"trap '' TERM; echo $$ > {_scripts.At("child-pid")}; while :; do sleep 300; done");
        _scripts.Write("deaf", $"trap '' TERM; echo $$ > {_scripts.At("pid")}; child & wait; sleep 300");
        _scripts.Write("leaving", "deaf & echo begun; wait");

        foreach (var program in new[] { "deaf", "leaving" })
        {
            (await _scripts.Programs(grace: TimeSpan.FromMilliseconds(300)).RunAsync(new ProgramCall([program], TimeSpan.FromSeconds(2)), TestContext.Current.CancellationToken))
                .ShouldBeOfType<ProgramResult.TimedOut>();
            (Lives("pid"), Lives("child-pid")).ShouldBe((false, false), program);
        }
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_it_clean_up_too()
    {
        _scripts.Write("careful", $"trap 'echo unlocked > {_scripts.At("lock")}; exit 0' TERM; sleep 300 & wait");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);

        await Should.ThrowAsync<OperationCanceledException>(() => _scripts.Programs().RunAsync(new ProgramCall(["careful"], TimeSpan.FromMinutes(1)), stop.Token));

        File.ReadAllText(_scripts.At("lock")).ShouldBe("unlocked\n");
    }

    private bool Lives(string pidFile)
    {
        var stat = $"/proc/{File.ReadAllText(_scripts.At(pidFile)).Trim()}/stat";
        try
        {
            return !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [Fact]
    public async Task What_it_leaves_in_the_background_is_not_waited_for()
    {
        _scripts.Write("daemon", "echo up; sleep 30 & echo $! > " + _scripts.At("pid"));
        var began = TimeProvider.System.GetTimestamp();

        (await EndedAsync(["daemon"])).Output.ShouldBe("up\n");

        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        using var left = System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(_scripts.At("pid")), System.Globalization.CultureInfo.InvariantCulture));
        left.Kill();
    }

    [Fact]
    public async Task Of_very_long_output_the_end_is_kept()
    {
        _scripts.Write("long", "seq 1 400000");

        var ended = await EndedAsync(["long"]);

        ended.Output.Length.ShouldBeLessThan(1024 * 1024 + 1);
        ended.LastLine.ShouldBe("400000");
    }

    [Theory]
    [InlineData("no-such-program", "the program no-such-program is not there")]
    [InlineData("/no/such/program", "the program /no/such/program is not there")]
    public async Task An_absent_program_is_a_word(string program, string why) =>
        (await RunAsync(new ProgramCall([program], TimeSpan.FromSeconds(5)))).ShouldBe(new ProgramResult.NotStarted(why, Measured: true));

    [Fact]
    public async Task What_cannot_be_executed_is_a_word()
    {
        var plain = Path.Combine(_scripts.Folder, "plain.txt");
        await File.WriteAllTextAsync(plain, "no program", TestContext.Current.CancellationToken);

        (await RunAsync(new ProgramCall([plain], TimeSpan.FromSeconds(5)))).ShouldBeOfType<ProgramResult.NotStarted>()
            .ShouldSatisfyAllConditions(n => n.Why.ShouldContain("cannot be started"), n => n.Measured.ShouldBeFalse());
    }

    private async Task<ProgramResult.Ended> EndedAsync(IReadOnlyList<string> run) =>
        (await RunAsync(new ProgramCall(run, TimeSpan.FromSeconds(20)))).ShouldBeOfType<ProgramResult.Ended>();

    private Task<ProgramResult> RunAsync(ProgramCall call) => _scripts.Programs().RunAsync(call, TestContext.Current.CancellationToken);

    public void Dispose() => _scripts.Dispose();
}
