using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A release that helm has begun to change and not ended: by a program that is at work, or one that died.</summary>
public sealed class HelmUnfinishedTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // Its own, as the programs of other tests are seen, too.
    private readonly string _space = $"s{Guid.NewGuid():N}"[..12];
    private readonly PretendHelm _helm = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Since 12:00.
    [Theory]
    [InlineData("pending-upgrade", "Preparing upgrade", 14, null)]
    [InlineData("pending-upgrade", "Preparing upgrade", 15, "revision 4")]
    [InlineData("pending-rollback", "Rollback to 4", 14, null)]
    [InlineData("pending-rollback", "Rollback to 4", 15, "revision 4")]
    [InlineData("pending-install", "Initial install underway", 60, "revision 4")]
    [InlineData("uninstalling", "Deletion in progress (or silently failed)", 60, null)]
    public async Task What_nobody_can_be_at_work_on_any_more_is_taken_back_and_the_plan_says_so(string status, string description, int minutes, string? to)
    {
        _helm.Be(PretendHelm.With(PretendHelm.History, 8, status, description));
        var time = new PassingTime(Acting.Started + TimeSpan.FromMinutes(minutes));

        var outcome = await _helm.Action(time).PinAsync(Context(time), [], Cancellation);

        if (to is null)
        {
            outcome.ShouldBeOfType<PinOutcome.CannotTell>().Text.ShouldEndWith($"somebody else is at work ({status}, revision 8, since 2026-11-23 12:00 UTC)");
            return;
        }

        var pinned = outcome.ShouldBeOfType<PinOutcome.Pinned>();
        pinned.To.ShouldEndWith(to);
        pinned.Warnings.ShouldBe([$"helm release {_space}/user-service was left unfinished ({status}, revision 8, since 2026-11-23 12:00 UTC): whoever began that must not be at work any more."]);
        pinned.Irreversible.ShouldNotBeNull("a person has to look").ShouldEndWith("whoever began that may be at work still");
    }

    [Fact]
    public async Task What_somebody_left_unfinished_is_brought_to_its_end()
    {
        _helm.Be(PretendHelm.With(PretendHelm.History, 8, "pending-rollback", "Rollback to 4"));
        _helm.Next(9, "deployed", "Rollback to 4");
        var time = new PassingTime(Acting.Started + TimeSpan.FromHours(1));
        var context = Context(time);

        var pin = await _helm.Action(time).PinAsync(context, Acting.Json("""{"to": {"revision": "4"}}"""));

        (await _helm.Action(time).ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("as revision 9");
        _helm.Calls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_is_unfinished_itself_is_nothing_to_go_back_to()
    {
        _helm.Be(PretendHelm.With(PretendHelm.History, 8, "pending-upgrade", "Preparing upgrade"));
        var time = new PassingTime(Acting.Started + TimeSpan.FromHours(1));

        (await _helm.Action(time).RefusedAsync(Context(time), Acting.Json("""{"to": {"revision": "8"}}"""))).Text.ShouldEndWith("revision 8 is pending-upgrade");
    }

    // The runner gives every attempt the same deadline, and helm works until then.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S17_after_a_crash_helm_that_went_with_it_is_begun_anew_at_once(bool hadBegun)
    {
        var time = new PassingTime(Acting.Started);
        var (context, pin) = await BegunAsync(time);
        if (hadBegun)
            _helm.Be(PretendHelm.With(PretendHelm.History, 8, "pending-rollback", "Rollback to 4"));
        _helm.Next(hadBegun ? 9 : 8, "deployed", "Rollback to 4");

        (await _helm.Action(time).ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith($"as revision {(hadBegun ? 9 : 8)}");

        _helm.Calls.ShouldHaveSingleItem();
        time.GetUtcNow().ShouldBe(Acting.Started);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S17_after_a_crash_helm_that_still_works_is_waited_for(bool ends)
    {
        var time = new PassingTime(Acting.Started);
        var (context, pin) = await BegunAsync(time);
        _helm.Be(PretendHelm.With(PretendHelm.History, 8, "pending-rollback", "Rollback to 4"));
        _helm.Next(9, "deployed", "Rollback to 4");
        using var helm = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read end", "helm", "rollback", "user-service", "4", "--namespace", _space, "--wait"]) { RedirectStandardInput = true })!;
        var looks = 0;
        time.Passed = () =>
        {
            if (++looks != 3)
                return;
            if (ends)
                _helm.Be(PretendHelm.With(PretendHelm.History, 8, "deployed", "Rollback to 4"));
            helm.Kill();
            helm.WaitForExit();
        };

        (await _helm.Action(time).ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith($"as revision {(ends ? 8 : 9)}");

        _helm.Calls.Count.ShouldBe(ends ? 0 : 1, "one that died on its way is begun anew");
        (time.GetUtcNow() - Acting.Started).ShouldBe(TimeSpan.FromSeconds(15));
    }

    /// <summary>A process that had let helm begin is gone.</summary>
    private async Task<(StepContext Context, JsonObject Pin)> BegunAsync(PassingTime time)
    {
        var journal = new FakeStepJournal();
        var pin = await _helm.Action(time).PinAsync(Context(time), []);
        var begun = new JsonObject { ["at"] = Text(Acting.Started), ["until"] = Text(Acting.Started + Limit) };
        await journal.MarkAsync("begun", begun, "", Cancellation);
        return (Context(time, journal) with { Attempt = 2 }, pin);

        static string Text(DateTimeOffset at) => at.ToString("O", CultureInfo.InvariantCulture);
    }

    private StepContext Context(PassingTime time, IStepJournal? journal = null) =>
        Acting.Context(Acting.Service($$"""{"helm_release": "{{_space}}/user-service"}"""), journal: journal, deadline: time.GetUtcNow() + Limit);

    public void Dispose() => _helm.Dispose();
}
