using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Containers;

public sealed class ContainerActionTests : IAsyncLifetime
{
    private const string Container = "rental-api-prod";

    private readonly Ledger _ledger = new();
    private readonly FakeStepJournal _journal = new();
    private PretendEngine _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await PretendEngine.StartAsync();
        _engine.Run(Container, "rental-api:v2");
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task The_old_one_is_stopped_only_once_the_new_one_is_created_and_is_kept()
    {
        await ApplyAsync(await PinAsync());

        var kept = Kept();
        _engine.Writes.Select(w => w.Replace(kept, "KEPT", StringComparison.Ordinal).Replace(Next(), "NEXT", StringComparison.Ordinal)).ShouldBe(
        [
            "create NEXT", $"stop {Container}", $"rename {Container} to KEPT", $"rename NEXT to {Container}", $"start {Container}", "update KEPT",
        ]);
        _engine.Look().ShouldBe($"{Container} v1 running; {kept} v2 exited");
        _engine.Find(kept)!["HostConfig"]!["RestartPolicy"]!["Name"]!.ToString().ShouldBe("no", "or the engine would start it again with itself");
        _ledger.Quarantined.ShouldBe([PretendEngine.Bad]);
    }

    /// <summary>Every write of a replacement, and what becomes of it and of its answer.</summary>
    public static TheoryData<string, int, bool, bool> Boundaries() =>
        [.. from image in (string[])["v1", "broken", "ending"]
            from write in Enumerable.Range(1, image == "v1" ? 6 : 9)
            from answerLost in (bool[])[true, false]
            from journalLost in image == "v1" ? (bool[])[true, false] : [false]
            select (image, write, answerLost, journalLost)];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task A_crash_at_any_write_ends_as_without_it(string image, int write, bool answerLost, bool journalLost)
    {
        var pin = await PinAsync($"rental-api:{image}");
        _engine.Fate = (number, _) => number == write ? answerLost ? EngineFate.AnswerLost : EngineFate.Lost : EngineFate.CarriedOut;
        var first = await ApplyAsync(pin);

        first.ShouldBeOfType<StepOutcome.CannotTell>(first.Text).Reason.ShouldBe(Reason.OutcomeUnknown);
        _engine.Writes.Count.ShouldBe(write, "whose answer is lost is not sent again unseen");

        // What the process had not written down yet is lost with it.
        var outcome = await ApplyAsync(pin, attempt: 2, journalLost ? new FakeStepJournal() : _journal);

        if (image == "v1")
        {
            outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);
            _engine.Look().ShouldBe($"{Container} v1 running; {Kept()} v2 exited");
        }
        else
        {
            outcome.ShouldBeOfType<StepOutcome.Failed>(outcome.Text).Reason.ShouldBe(Reason.RolloutFailed);
            _engine.Look().ShouldBe($"{Container} v2 running");
        }
    }

    [Theory]
    [InlineData("broken", "executable file not found")]
    [InlineData("ending", "does not stay up (exited with exit code 0) — last line: out of tune")]
    public async Task What_does_not_stay_up_makes_way_for_what_ran_before(string image, string why)
    {
        var outcome = await ApplyAsync(await PinAsync($"rental-api:{image}"));

        outcome.ShouldBeOfType<StepOutcome.Failed>().Text.ShouldContain(why);
        _engine.Look().ShouldBe($"{Container} v2 running");
        _engine.Find(Container)!["HostConfig"]!["RestartPolicy"]!["Name"]!.ToString().ShouldBe("always");
        _ledger.Quarantined.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("start")]
    [InlineData("remove")]
    public async Task What_the_engine_starts_again_does_not_keep_out_what_ran_before(string write)
    {
        var again = 1;
        _engine.Fate = (_, next) =>
        {
            if (_engine.Find(Next()) is not null && next.StartsWith(write, StringComparison.Ordinal) && again-- > 0)
                _engine.StartAgain(Next());
            return EngineFate.CarriedOut;
        };

        var outcome = await ApplyAsync(await PinAsync("rental-api:ending"));

        outcome.ShouldBeOfType<StepOutcome.Failed>(outcome.Text).Text.ShouldContain("does not stay up");
        _engine.Look().ShouldBe($"{Container} v2 running");
        again.ShouldBeLessThan(1);
    }

    // Half way through nothing runs: an engine that stumbles over a container which ends at that moment must not leave it so.
    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public async Task An_engine_that_cannot_look_for_a_moment_is_asked_again(int stumbles, bool borne)
    {
        _engine.Fate = (_, next) =>
        {
            if (next.StartsWith("start", StringComparison.Ordinal))
                _engine.FaultyReads = stumbles;
            return EngineFate.CarriedOut;
        };

        var outcome = await ApplyAsync(await PinAsync("rental-api:v1"));

        if (borne)
            outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);
        else
            outcome.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldContain("read /proc/1/cgroup: no such process");
    }

    [Fact]
    public async Task A_replacement_that_was_only_prepared_is_not_made_when_it_is_too_late()
    {
        var pin = await PinAsync();
        _engine.Fate = (_, write) => write.StartsWith("stop", StringComparison.Ordinal) ? EngineFate.Lost : EngineFate.CarriedOut;
        await ApplyAsync(pin);
        _engine.Writes.Clear();
        _journal.Stop = new StepOutcome.CannotTell(Reason.OutcomeUnknown, "its time is over: nothing more is written");

        var outcome = await ApplyAsync(pin, attempt: 2);

        _journal.Prepared.ShouldBe(["created", "evidence"], "neither says that anything was stopped");
        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldStartWith("its time is over: nothing more is written");
        _engine.Writes.ShouldBeEmpty();
        _engine.Look().ShouldBe($"{Container} v2 running; {Next()} v1 created");
    }

    [Fact]
    public async Task Nothing_is_stopped_for_a_new_one_that_has_no_time_left()
    {
        var pin = await PinAsync();

        var outcome = await Action.ApplyAsync(Context() with { Deadline = TimeProvider.System.GetUtcNow() }, pin);

        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.TimedOut);
        _engine.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S8_a_replacement_that_is_stopped_half_way_says_what_it_leaves()
    {
        (_journal.Stop, _journal.StopsAfter) = (new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim"), "stopped");

        var outcome = await ApplyAsync(await PinAsync());

        outcome.ShouldBe(new StepOutcome.CannotTell(Reason.StoppedByPerson, $"stopped by kim; {Container}: rental-api:v2, exited with exit code 0; {Next()}: rental-api:v1, created"));
    }

    [Fact]
    public async Task A_replacement_that_the_engine_breaks_off_says_what_it_leaves()
    {
        _engine.Fate = (_, write) => write.StartsWith("rename", StringComparison.Ordinal) ? EngineFate.AnswerLost : EngineFate.CarriedOut;

        var outcome = await ApplyAsync(await PinAsync());

        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldEndWith($"; there is no container {Container}; {Kept()}: rental-api:v2, exited with exit code 0; {Next()}: rental-api:v1, created");
    }

    [Fact]
    public async Task A_container_that_cannot_be_created_stops_nothing()
    {
        _engine.Fate = (_, write) => write.StartsWith("create", StringComparison.Ordinal) ? EngineFate.Refused : EngineFate.CarriedOut;

        var outcome = await ApplyAsync(await PinAsync());

        outcome.ShouldBeOfType<StepOutcome.Failed>().Text.ShouldContain("no space left on device; nothing was stopped");
        _engine.Look().ShouldBe($"{Container} v2 running");
    }

    [Fact]
    public async Task When_neither_starts_people_are_asked()
    {
        _engine.Fate = (_, write) => write.StartsWith("start", StringComparison.Ordinal) ? EngineFate.Refused : EngineFate.CarriedOut;

        var outcome = await ApplyAsync(await PinAsync());

        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.NotPutBack);
    }

    [Fact]
    public async Task An_engine_that_cannot_change_restart_policies_is_said_with_what_it_means()
    {
        _engine.KnowsUpdate = false;

        (await ApplyAsync(await PinAsync())).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("would be started with the engine: its restart policy is always and could not be changed");
    }

    [Theory]
    [InlineData("rental-api:v9", "is not on the engine, and images are never pulled")]
    [InlineData("rental-api:v2", "runs rental-api:v2 already")]
    [InlineData("previous", "it was not seen what rental-api-prod ran before")]
    [InlineData("last_known_good", "it was not seen what rental-api-prod ran before")]
    public async Task Without_a_target_nothing_is_planned(string image, string why)
    {
        (await RefusedAsync(image)).Text.ShouldContain(why);
        _engine.Writes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("previous", PretendEngine.Ending)]
    [InlineData("last_known_good", PretendEngine.Good)]
    public async Task What_ran_before_is_known_from_having_been_seen(string wanted, string expected)
    {
        _ledger.Seen.AddRange([new EarlierRelease(PretendEngine.Broken, "rental-api:broken"), new EarlierRelease(PretendEngine.Ending, "rental-api:ending"), new EarlierRelease(PretendEngine.Good, "rental-api:v1")]);
        _ledger.Quarantined.Add(PretendEngine.Broken);
        _ledger.Good.AddRange([PretendEngine.Good, PretendEngine.Broken]);

        (await PinAsync(wanted))["target"]!["digest"]!.ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task A_known_good_image_that_was_removed_is_not_pulled_again()
    {
        _ledger.Seen.Add(new EarlierRelease("sha256:99", "rental-api:v0"));
        _ledger.Good.Add("sha256:99");

        (await RefusedAsync("last_known_good")).Reason.ShouldBe(Reason.TargetPruned);
    }

    [Theory]
    [InlineData("""{"AutoRemove": true}""", "{}", Reason.Irreversible)]
    [InlineData("{}", """{"Labels": {"com.docker.swarm.service.name": "rental"}}""", Reason.OwnedByGitops)]
    public async Task What_cannot_be_put_back_or_belongs_to_others_is_left_alone(string host, string config, Reason reason)
    {
        _engine.Run(Container, "rental-api:v2", host, config);

        (await RefusedAsync("rental-api:v1")).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task Another_container_of_the_same_engine_is_not_touched() =>
        (await Action.RefusedAsync(Context(), Parameters("rental-api:v1", "database"))).Reason.ShouldBe(Reason.NotGranted);

    [Fact]
    public async Task A_container_that_is_not_there_lets_the_next_method_try()
    {
        _engine.Remove(Container);

        (await RefusedAsync("rental-api:v1")).Reason.ShouldBe(Reason.NotFound);
    }

    [Fact]
    public async Task Its_environment_never_reaches_the_plan()
    {
        _engine.Run(Container, "rental-api:v2", config: """{"Env": ["DATABASE_URL=postgres://rental:hunter2@db/rental"]}""");

        var pin = await PinAsync();
        await ApplyAsync(pin);

        pin.ToJsonString().ShouldNotContain("hunter2");
        _journal.Marks.Values.ShouldAllBe(m => !m.ToJsonString().Contains("hunter2", StringComparison.Ordinal));
        _engine.Find(Container)!["Config"]!["Env"]!.ToJsonString().ShouldContain("hunter2");
    }

    [Fact]
    public async Task The_log_of_what_is_replaced_is_kept_before_it_stops()
    {
        await ApplyAsync(await PinAsync());

        _journal.Marks["evidence"]["log"]!.ToString().ShouldBe("out of tune");
    }

    [Fact]
    public async Task An_engine_that_nobody_answers_for_can_be_asked_again_later()
    {
        await _engine.DisposeAsync();

        (await Action.PinAsync(Context(), Parameters("rental-api:v1"), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.CannotTell>();
    }

    private ContainerAction Action => new(
        new GrantedEngines(Acting.Granting(new TeamGrants { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = _engine.Grant } }), TimeProvider.System), _ledger, TimeProvider.System);

    private Task<JsonObject> PinAsync(string image = "rental-api:v1") => Action.PinAsync(Context(), Parameters(image));

    private Task<PinOutcome.Refused> RefusedAsync(string image) => Action.RefusedAsync(Context(), Parameters(image));

    private Task<StepOutcome> ApplyAsync(JsonObject pin, int attempt = 1, FakeStepJournal? journal = null) => Action.ApplyAsync(Context(attempt, journal), pin);

    private StepContext Context(int attempt = 1, FakeStepJournal? journal = null) => Acting.Context(attempt: attempt, journal: journal ?? _journal);

    private string Kept() => Context().NameFor($"{Container}-replaced");

    private string Next() => Context().NameFor($"{Container}-next");

    private static JsonObject Parameters(string image, string name = Container) =>
        new() { ["name"] = name, ["host"] = "rental-vm", ["image"] = image, ["runs_for"] = "0s" };

    private sealed class Ledger : IRevisionLedger
    {
        public List<EarlierRelease> Seen { get; } = [];

        public List<string> Good { get; } = [];

        public List<string> Quarantined { get; } = [];

        public bool IsQuarantined(string uid, string digest) => Quarantined.Contains(digest);

        public bool IsKnownGood(string uid, string digest) => Good.Contains(digest);

        public IReadOnlyCollection<string> KnownGood(string uid) => Good;

        public DateTimeOffset? BecameCurrentAt(string uid, string digest) => null;

        public IReadOnlyList<EarlierRelease> Earlier(string uid) => Seen;

        public Task<string?> QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation)
        {
            Quarantined.Add(digest);
            return Task.FromResult<string?>(null);
        }
    }
}
