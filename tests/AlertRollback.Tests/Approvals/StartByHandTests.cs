using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Approvals;

public sealed class StartByHandTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly OperatorConfiguration Operators = new()
    {
        Matrix = "",
        Journal = "",
        Operators = [new Credential("alice", null, "a"), new Credential("bob", null, "b")],
        Teams = new Dictionary<string, TeamGrants>
        {
            ["rental"] = new()
            {
                Namespaces = ["production", "staging"],
                People = new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []), ["trainee"] = new(["bob"], ["staging"]) },
            },
        },
    };

    private static readonly Catalog Catalog = new([new FakeUndo(null!), new PageAction()], []);

    private static readonly DecisionMatrix Matrix = new(
    [
        new TeamMatrix(
            new TeamDefinition(
                "rental", "rental.yml", new TeamNotes(null, null, null, null),
                [Service("api", "production"), Service("api", "production") with { Name = "api-v2" }, Service("web", "production"), Service("api-staging", "staging")],
                [], [],
                [
                    Playbook("undo") with { FollowUp = [new FollowUpDefinition("find the cause", TimeSpan.FromHours(4), null)], Manual = new ManualDefinition(["on-call", "trainee"], [], SeveralServices: true) },
                    Playbook("restore") with { Manual = new ManualDefinition(["on-call"], [new InputDefinition("backup", null), new InputDefinition("note", "none")], SeveralServices: false) },
                    Playbook("automatic"),
                    ForAll("undo_all", "fake_undo") with { Manual = new ManualDefinition(["on-call"], [], SeveralServices: true) },
                    ForAll("call_all", "page") with { Manual = new ManualDefinition(["on-call"], [], SeveralServices: true) },
                    Beside("beside_meanwhile", p => p with { Meanwhile = ForAll("x", "fake_undo").Methods[0].Steps }),
                    Beside("beside_failure", p => p with { OnFailure = ForAll("x", "fake_undo").Methods[0].Steps }),
                    Outage with { Manual = new ManualDefinition(["on-call"], [], SeveralServices: false) },
                    Outage with { Name = "outage_then_undo", Manual = new ManualDefinition(["on-call"], [], SeveralServices: false), Then = Playbook("undo") },
                ]),
            []),
    ]);

    private static ServiceDefinition Service(string name, string @namespace) => new("rental", name, new WorkloadDefinition("deployment", @namespace, name), null, null, null);

    private static PlaybookDefinition Playbook(string name) => new(
        name, GuardSettings.Default, [],
        [RollbackWorld.Method("flag"), new MethodDefinition("argo", TimeSpan.FromMinutes(1), [new StepDefinition("page", new JsonObject { ["role"] = "x" })])],
        [], [], TimeSpan.Zero);

    private static PlaybookDefinition Outage => Playbook("outage") with { Methods = [new MethodDefinition("tell", TimeSpan.FromMinutes(1), [new StepDefinition("page", new JsonObject { ["role"] = "x" })])] };

    private static PlaybookDefinition Beside(string name, Func<PlaybookDefinition, PlaybookDefinition> with) => with(Outage with { Name = name, Manual = new ManualDefinition(["on-call"], [], SeveralServices: true) });

    private static PlaybookDefinition ForAll(string name, string action) => Playbook(name) with
    {
        Methods = [new MethodDefinition("all", TimeSpan.FromMinutes(1), [new StepDefinition(action, new JsonObject { ["role"] = "x" }) { Services = [Service("api", "production"), Service("web", "production")] }])],
    };

    private static StartRequest Ask(string playbook, string services, string reason = "it is broken", string? method = null, string key = "k", params (string, string)[] inputs) =>
        new(playbook, services.Split(',', StringSplitOptions.RemoveEmptyEntries), reason, method, inputs.ToDictionary(i => i.Item1, i => i.Item2), false, key);

    private static StartOutcome Start(StartRequest request, string by = "alice", Book? book = null) => new StartByHand(Matrix, Operators, Catalog, by).Start(request, book ?? Book.Empty);

    private static Book After(StartOutcome outcome, Book? book = null)
    {
        var result = book ?? Book.Empty;
        foreach (var entry in outcome.Entries)
        {
            var stored = EventJson.ToStore(entry.Stream, Noon, entry.Event);
            result = result.Apply(new AlertRollback.Storage.StoredEvent(result.Sequence + 1, stored.Stream, stored.At, stored.Type, stored.Data));
        }

        return result;
    }

    private static Book Began(Book book, string id) => With(book, id, new RollbackEvent.Started([], []));

    private static Book With(Book book, string id, params RollbackEvent[] events) =>
        After(new StartOutcome([], [.. events.Select(e => Entry.Of(book.Rollbacks[id], e))], null), book);

    [Fact]
    public void Two_services_that_are_one_workload_are_not_started_together() =>
        Start(Ask("undo", "api,api-v2,web")).Refusal!.Text.ShouldBe("api and api-v2 are one workload: name one of them; nothing was started");

    [Theory]
    [InlineData("undo_all", "api,web", "whichever service it is started for, playbook undo_all does fake_undo for api, web: name one service; nothing was started")]
    [InlineData("beside_meanwhile", "api,web", "whichever service it is started for, playbook beside_meanwhile does fake_undo for api, web: name one service; nothing was started")]
    [InlineData("beside_failure", "api,web", "whichever service it is started for, playbook beside_failure does fake_undo for api, web: name one service; nothing was started")]
    [InlineData("undo_all", "api", null)]
    [InlineData("call_all", "api,web", null)]
    public void What_one_start_changes_for_all_of_them_is_not_started_for_several(string playbook, string services, string? refused) =>
        (Start(Ask(playbook, services)).Refusal?.Text).ShouldBe(refused);

    [Fact]
    public void Who_started_it_why_and_with_what_is_journalled()
    {
        var outcome = Start(Ask("restore", "api", "half of the table is gone", "argo", inputs: ("backup", "2026-11-23T10:00")));

        var rollback = After(outcome).Rollbacks[outcome.Ids.Single()];
        rollback.Manual!.By.ShouldBe("alice");
        rollback.Manual.Reason.ShouldBe("half of the table is gone");
        rollback.Facts.Inputs["backup"].ShouldBe("2026-11-23T10:00");
        rollback.Facts.Inputs["note"].ShouldBe("none", "its default");
        rollback.Facts.Initiator.ShouldBe("alice");
        rollback.Ladder.ShouldBe([1], "only the method that was named");
        rollback.AllResolved.ShouldBeFalse("no alert called for it, so none can call it off");
    }

    [Theory]
    [InlineData("undo", "", "name at least one service")]
    [InlineData("undo", "api,nobody", "no team declares \"nobody\"; services here: api, api-staging, api-v2, web; nothing was started")]
    [InlineData("undo", "wbe", "no team declares \"wbe\"; did you mean \"web\"? Nothing was started")]
    [InlineData("nothing", "api", "team rental has no playbook \"nothing\"; playbooks to start by hand here: beside_failure, beside_meanwhile, call_all, outage, outage_then_undo, restore, undo")]
    [InlineData("udno", "api", "did you mean \"undo\"? Nothing was started")]
    [InlineData("automatic", "api", "not for starting by hand")]
    [InlineData("restore", "api,web", "one service at a time")]
    [InlineData("restore", "api", "needs the input backup")]
    public void What_does_not_fit_starts_nothing(string playbook, string services, string why)
    {
        var outcome = Start(Ask(playbook, services));
        outcome.Refusal.ShouldNotBeNull().Text.ShouldContain(why);
        outcome.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_reason_a_known_method_and_known_inputs_of_one_line_are_asked_for()
    {
        Start(Ask("undo", "api", reason: "  ")).Refusal.ShouldNotBeNull().Text.ShouldContain("reason");
        Start(Ask("undo", "api", method: "git")).Refusal.ShouldNotBeNull().Text.ShouldContain("no method \"git\"; methods here: argo, flag");
        Start(Ask("undo", "api", inputs: ("x", "1"))).Refusal.ShouldNotBeNull().Text.ShouldContain("no input \"x\"; there are no inputs here");
        Start(Ask("restore", "api", inputs: [("bakcup", "1"), ("backup", "1")])).Refusal.ShouldNotBeNull().Text.ShouldContain("did you mean \"backup\"?");
        Start(Ask("restore", "api", inputs: ("backup", null!))).Refusal.ShouldNotBeNull().Text.ShouldContain("the input backup is empty");
        Start(Ask("restore", "api", inputs: ("backup", "a\nb"))).Refusal.ShouldNotBeNull().Text.ShouldContain("one line");
        Start(Ask("restore", "api", inputs: ("backup", new string('a', 201)))).Refusal.ShouldNotBeNull().Text.ShouldContain("the input backup has 201 characters; at most 200 are taken");
        Start(Ask("restore", "api", inputs: ("backup", new string('a', 200)))).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("alice", "api", false)]
    [InlineData("alice", "api-staging", false)]
    [InlineData("bob", "api-staging", false)]
    [InlineData("bob", "api", true)]
    [InlineData("bob", "api-staging,web", true, "web")]
    [InlineData("eve", "api-staging", true)]
    public void Staging_and_production_have_rights_of_their_own(string by, string services, bool forbidden, string? closed = null) =>
        Start(Ask("undo", services), by).Refusal.ShouldBe(forbidden ? Objection.NotEntitled($"{by} has none of the roles on-call, trainee for {closed ?? services}; nothing was started") : null);

    [Fact]
    public void Several_services_are_one_group_all_or_none()
    {
        var outcome = Start(Ask("undo", "web,api"));
        var book = After(outcome);
        outcome.Ids.Count.ShouldBe(2);
        book.Rollbacks.Values.Select(r => r.Manual!.Group).Distinct().Single().ShouldNotBeNull();
        After(Start(Ask("undo", "api"))).Rollbacks.Values.Single().Manual!.Group.ShouldBeNull();
    }

    [Fact]
    public void The_same_request_sent_twice_starts_once()
    {
        var first = Start(Ask("undo", "api"));
        var again = Start(Ask("undo", "api"), book: After(first));
        again.Ids.ShouldBe(first.Ids);
        again.Entries.ShouldBeEmpty();
        again.Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("undo", "api,web", "it is broken", null)]
    [InlineData("restore", "api", "it is broken", null)]
    [InlineData("undo", "api", "something else", null)]
    [InlineData("undo", "api", "it is broken", "argo")]
    public void A_key_that_was_used_for_something_else_starts_nothing(string playbook, string services, string reason, string? method)
    {
        var first = Start(Ask("undo", "api"));
        var again = Start(Ask(playbook, services, reason, method, inputs: playbook == "restore" ? [("backup", "1")] : []), book: After(first));
        again.Refusal.ShouldBe(Objection.Overtaken($"the key was used for another request ({first.Ids.Single()}); nothing was started"));
        again.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_key_that_was_used_for_other_inputs_starts_nothing()
    {
        var first = Start(Ask("restore", "api", inputs: ("backup", "1")));
        Start(Ask("restore", "api", inputs: ("backup", "1")), book: After(first)).Ids.ShouldBe(first.Ids);
        Start(Ask("restore", "api", inputs: ("backup", "2")), book: After(first)).Refusal.ShouldNotBeNull().Kind.ShouldBe(ObjectionKind.Overtaken);
    }

    [Fact]
    public void A_service_that_is_named_twice_is_started_once_and_is_no_group()
    {
        var outcome = Start(Ask("undo", "api,api"));
        After(outcome).Rollbacks.Values.ShouldHaveSingleItem().Manual!.Group.ShouldBeNull();
    }

    [Fact]
    public void What_takes_over_from_what_failed_does_not_give_way_to_a_person()
    {
        var first = Start(Ask("undo", "api"));
        var book = After(first with { Entries = [.. first.Entries.Select(e => e with { Event = (RollbackEvent.Proposed)e.Event with { After = "failed" } })] });
        book = After(Start(Ask("undo", "api", key: "other"), book: book), book);
        book.Open.Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void What_the_operator_has_in_shadow_is_only_planned_for_a_person_too(bool everywhere, bool ofTheTeam)
    {
        var shadow = Operators with { Shadow = everywhere, Teams = Operators.Teams.ToDictionary(t => t.Key, t => t.Value with { Shadow = ofTheTeam }) };
        After(new StartByHand(Matrix, shadow, Catalog, "alice").Start(Ask("undo", "api"), Book.Empty)).Rollbacks.Values.ShouldHaveSingleItem().Shadow.ShouldBeTrue();
    }

    [Fact]
    public void What_changes_nothing_ends_no_watch()
    {
        var (book, _) = Watched();
        var told = Start(Ask("outage", "api", key: "tell"), book: book);
        After(told, book).Rollbacks[told.Ids.Single()].Manual!.EndsWatchOf.ShouldBeNull();
    }

    [Fact]
    public void A_plan_alone_that_was_asked_for_by_a_key_is_not_taken_for_the_start()
    {
        var shadow = Start(Ask("undo", "api") with { Shadow = true });
        After(shadow).Rollbacks.Values.Single().Shadow.ShouldBeTrue();
        Start(Ask("undo", "api") with { Shadow = true }, book: After(shadow)).Ids.ShouldBe(shadow.Ids);
        Start(Ask("undo", "api"), book: After(shadow)).Refusal.ShouldNotBeNull().Kind.ShouldBe(ObjectionKind.Overtaken);
    }

    [Fact]
    public void A_role_in_another_clusters_namespace_of_the_same_name_is_another_role()
    {
        var west = Service("api", "production") with { Workload = new WorkloadDefinition("deployment", "staging", "api", "west") };
        RolesOf.Person("bob", Service("api", "staging"), Operators).ShouldBe(["trainee"]);
        RolesOf.Person("bob", west, Operators).ShouldBeEmpty();
    }

    [Fact]
    public void A_run_that_writes_already_is_not_run_into()
    {
        var first = Start(Ask("undo", "api"));
        var book = Began(After(first), first.Ids.Single());

        Start(Ask("undo", "web,api", key: "other"), book: book).Refusal.ShouldNotBeNull().Text.ShouldContain("is under way on api; nothing was started");
    }

    [Fact]
    public void What_an_alert_proposed_and_has_not_written_gives_way_to_a_person()
    {
        var first = Start(Ask("undo", "api"));
        var second = Start(Ask("undo", "api", key: "other"), book: After(first));
        var book = After(second, After(first));

        var closed = book.Rollbacks[first.Ids.Single()].Closed!;
        (closed.Outcome, closed.GaveWayTo).ShouldBe((Outcome.Replaced, second.Ids.Single()));
        book.Rollbacks[second.Ids.Single()].IsOpen.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void S11_what_changes_nothing_is_started_beside_a_run_and_takes_nothing_from_it(bool writes)
    {
        var undo = Start(Ask("undo", "api"));
        var book = After(undo);
        if (writes)
            book = Began(book, undo.Ids.Single());
        var outage = Start(Ask("outage", "api", key: "tell"), book: book);
        book = After(outage, book);

        book.Open.Select(r => r.Id).ShouldBe([.. undo.Ids, .. outage.Ids], ignoreOrder: true);
        book.Rollbacks[outage.Ids.Single()].ChangesNothing.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_changes_nothing_neither_keeps_a_person_from_acting_nor_gives_way(bool begun)
    {
        var outage = Start(Ask("outage", "api"));
        var book = begun ? Began(After(outage), outage.Ids.Single()) : After(outage);
        var undo = Start(Ask("undo", "api", key: "act"), book: book);

        undo.Refusal.ShouldBeNull();
        After(undo, book).Open.Count().ShouldBe(2);
    }

    [Fact]
    public void A_watch_ends_with_the_first_write_of_what_a_person_starts_and_what_was_done_before_is_told_as_it_was()
    {
        var (book, watched) = Watched();
        var next = Start(Ask("undo", "api", key: "next"), book: book);
        book = After(next, book);

        next.Refusal.ShouldBeNull();
        book.Rollbacks[watched].IsOpen.ShouldBeTrue("nothing was changed yet");
        book.Rollbacks[next.Ids.Single()].CutsShort(book.Rollbacks[watched]).ShouldBeTrue();
        book = After(new StartOutcome([], [.. EndOfWatch.Of(book.Rollbacks[watched], book.Rollbacks[next.Ids.Single()], Noon)], null), book);
        var closed = book.Rollbacks[watched];
        (closed.Closed!.Outcome, closed.Closed.Reason).ShouldBe((Outcome.RolledBack, Reason.WatchCutShort));
        closed.Closed.Text.ShouldBe("undone and verified; alice started undo by hand: no longer watched");
        Headline.Text(closed).ShouldBe("rolled back and verified", "nobody saw that it stayed stable");
        book.Tasks.Values.ShouldHaveSingleItem().Given.Of.ShouldBe(watched, "what is left to do stays");
        TimelineLine.For(book.Rollbacks[next.Ids.Single()].Timeline[0]).ShouldBe($"alice started undo: it is broken; with its first write the watch of {watched} ends");
        book.Acting.ShouldBeEmpty("its locks are free");
    }

    [Fact]
    public void A_watch_goes_on_beside_what_is_only_planned_and_what_changes_nothing()
    {
        var (book, watched) = Watched();
        var plan = Start(Ask("undo", "api", key: "plan") with { Shadow = true }, book: book);
        book = After(plan, book);
        book = After(Start(Ask("outage", "api", key: "tell"), book: book), book);

        book.Open.Count().ShouldBe(3);
        TimelineLine.For(book.Rollbacks[plan.Ids.Single()].Timeline[0]).ShouldBe($"alice started undo: it is broken; carried out, it would end the watch of {watched}");
    }

    [Fact]
    public void What_is_being_verified_is_not_run_into()
    {
        var first = Start(Ask("undo", "api"));
        var id = first.Ids.Single();
        var book = With(Began(After(first), id), id, new RollbackEvent.VerificationStarted(0, "healthy", Noon));

        Start(Ask("undo", "api", key: "next"), book: book).Refusal.ShouldNotBeNull().Text.ShouldContain("is under way on api; nothing was started");
    }

    private static (Book Book, string Watched) Watched()
    {
        var first = Start(Ask("undo", "api"));
        var id = first.Ids.Single();
        return (With(
            Began(With(After(first), id, new RollbackEvent.PlanMade(Runs.PlanOf(null))), id),
            id,
            new RollbackEvent.StepStarted("kubernetes/0", "fake_undo", 1),
            new RollbackEvent.StepEnded("kubernetes/0", "fake_undo", StepResult.Done, Reason.Applied, "good runs"),
            new RollbackEvent.CheckSetAnswered(0, "healthy", Verdict.Pass, [], Final: true),
            new RollbackEvent.StabilisationStarted(Noon.AddMinutes(30))), id);
    }

    [Fact]
    public void A_playbook_that_may_hand_over_to_one_that_changes_production_takes_over_from_what_waits()
    {
        var first = Start(Ask("undo", "api"));
        var book = After(Start(Ask("outage_then_undo", "api", key: "other"), book: After(first)), After(first));

        book.Rollbacks[first.Ids.Single()].Closed!.Outcome.ShouldBe(Outcome.Replaced);
        book.Open.ShouldHaveSingleItem().ChangesNothing.ShouldBeFalse();
    }

    [Fact]
    public void What_is_only_planned_by_hand_leaves_a_live_run_alone_and_gives_way_to_one()
    {
        var live = Start(Ask("undo", "api"));
        var shadow = Start(Ask("undo", "api", key: "plan") with { Shadow = true }, book: After(live));
        var book = After(shadow, After(live));
        book.Rollbacks[live.Ids.Single()].IsOpen.ShouldBeTrue();
        book.Rollbacks[shadow.Ids.Single()].IsOpen.ShouldBeTrue();

        var next = After(Start(Ask("undo", "api", key: "next"), book: book), book);
        next.Open.ShouldHaveSingleItem().Shadow.ShouldBeFalse();
    }

    [Fact]
    public void What_a_team_has_in_shadow_is_only_planned_for_a_person_too()
    {
        var shadow = new DecisionMatrix([.. Matrix.Teams.Select(t => new TeamMatrix(t with { Shadow = true }, []))]);
        After(new StartByHand(shadow, Operators, Catalog, "alice").Start(Ask("undo", "api"), Book.Empty)).Rollbacks.Values.ShouldHaveSingleItem().Shadow.ShouldBeTrue();
    }
}
