using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks;

public sealed class WorkloadKnowledgeTests
{
    [Theory]
    [InlineData(null, 1e6, true)]
    [InlineData(60.0, 59.9, true)]
    [InlineData(60.0, 60.0, false)]
    public void S3_a_quarantine_lasts_until_its_deadline(double? until, double at, bool lasts)
    {
        var knowledge = new WorkloadKnowledge("u").Apply(Runs.Noon, new WorkloadEvent.Quarantined("w", "d", ["v2"], "r", until is { } minutes ? Runs.At(minutes) : null));

        (knowledge.QuarantineAt("d", Runs.At(at)) is not null).ShouldBe(lasts);
    }

    [Fact]
    public void What_was_measured_in_a_good_time_is_kept_when_the_revision_is_only_taken_back_to()
    {
        var knowledge = Fold(Measured("d", "0042", good: true), Measured("d", "0043", good: false));
        knowledge.MeasuredAt("d")!.Answers[0].Measured.ShouldBe(["0042"]);
        knowledge.Apply(Runs.Noon, Measured("d", "0044", good: true)).MeasuredAt("d")!.Answers[0].Measured.ShouldBe(["0044"]);
    }

    [Fact]
    public void Of_many_revisions_only_the_newest_records_are_held()
    {
        var knowledge = Fold([.. Enumerable.Range(0, 40).Select(i => Measured($"d{i}", "1", good: true))]);
        knowledge.Measured.Count.ShouldBe(12);
        knowledge.MeasuredAt("d39").ShouldNotBeNull();
    }

    [Fact]
    public void A_row_of_bad_releases_does_not_push_out_what_the_good_one_ran_with()
    {
        var knowledge = Fold([Measured("good", "1", good: true), .. Enumerable.Range(0, 40).Select(i => Measured($"bad{i}", "1", good: false))]);
        knowledge.Measured.Count.ShouldBe(12);
        knowledge.MeasuredAt("good").ShouldNotBeNull();
        knowledge.MeasuredAt("bad39").ShouldNotBeNull();
    }

    [Fact]
    public void It_is_known_since_when_a_revision_is_good()
    {
        var knowledge = new WorkloadKnowledge("u")
            .Apply(Runs.At(1), new WorkloadEvent.KnownGood("w", "d", 0, ["v1"]))
            .Apply(Runs.At(9), new WorkloadEvent.KnownGood("w", "d", 0, ["v1"]));
        knowledge.GoodSince["d"].ShouldBe(Runs.At(1));
    }

    [Theory]
    // what is told of at 11: the revision, its number, and when it became current | by when the place was taken
    [InlineData("v1", 1, null, null)]
    [InlineData("v1", 2, null, 11.0)]
    [InlineData("v2", 2, null, 11.0)]
    [InlineData("v2", 2, 10.0, 10.0)]
    public void By_when_a_revision_took_another_ones_place_is_known_also_where_nobody_saw_it(string digest, int number, double? at, double? changed)
    {
        var known = new WorkloadKnowledge("u").Apply(Runs.At(0), Current("v1", 0, null)).Apply(Runs.At(1), Current("v1", 1, null));
        known.ChangedBy.ShouldBeNull("it was there before");
        known.Apply(Runs.At(11), Current(digest, number, at)).ChangedBy.ShouldBe(changed is { } minutes ? Runs.At(minutes) : null);

        static WorkloadEvent.BecameCurrent Current(string digest, int number, double? at) => new("w", digest, number, [], at is { } minutes ? Runs.At(minutes) : null);
    }

    [Fact]
    public void Complete_is_only_what_is_current_and_was_seen_so()
    {
        var complete = Fold(Current("v1", 0), new WorkloadEvent.Completed("w", "v1"));
        complete.CurrentIsComplete.ShouldBeTrue();
        complete.Apply(Runs.At(1), Current("v1", 1)).CurrentIsComplete.ShouldBeTrue("it was only counted");
        complete.Apply(Runs.At(1), Current("v2", 2)).CurrentIsComplete.ShouldBeFalse();
        complete.Apply(Runs.At(1), Current("v2", 2)).Apply(Runs.At(2), new WorkloadEvent.Completed("w", "v1")).CurrentIsComplete.ShouldBeFalse("that is not there any more");

        static WorkloadEvent.BecameCurrent Current(string digest, int number) => new("w", digest, number, [], Runs.Noon);
    }

    [Fact]
    public void What_was_rolled_back_from_in_the_moment_it_was_known_to_be_good_is_not_good_since() =>
        Fold(new WorkloadEvent.KnownGood("w", "d", 0, ["v1"]), new WorkloadEvent.Quarantined("w", "d", ["v1"], "r")).IsGoodSinceLeft("d").ShouldBeFalse();

    [Fact]
    public void Only_the_rollback_that_barred_a_revision_lets_it_go()
    {
        var barred = Fold(new WorkloadEvent.Barred("w", "d", ["v1"], "r1", "reads it"), new WorkloadEvent.Unbarred("w", "d", "r2"));
        barred.Barred.ShouldContainKey("d");
        barred.Apply(Runs.Noon, new WorkloadEvent.Unbarred("w", "d", "r1")).Barred.ShouldBeEmpty();
    }

    private static WorkloadKnowledge Fold(params WorkloadEvent[] events) => events.Aggregate(new WorkloadKnowledge("u"), (k, e) => k.Apply(Runs.Noon, e));

    private static WorkloadEvent.Measured Measured(string digest, string measured, bool good) => new("w", digest, [new RecordedAnswer("sql", [measured])], good);
}
