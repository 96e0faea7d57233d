using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks;

public sealed class BookTests
{
    [Theory]
    // open | hours since it was proposed | fires
    [InlineData(true, 1, true)]
    [InlineData(true, 25, true)]
    [InlineData(false, 1, true)]
    [InlineData(false, 25, false)]
    public void S3_S9_the_alert_of_a_run_that_is_parked_fires_however_long_that_takes(bool open, double hours, bool fires)
    {
        var parked = Runs.Proposed("r").Apply(2, Runs.At(1), new RollbackEvent.Parked(Reason.KillSwitch, "on", null));
        var book = Runs.BookOf(open ? parked : parked.Closed(2));
        var now = Runs.At(hours * 60);

        book.IsCalledFor(s => s.Name == "rental", now).ShouldBe(fires);
        book.Firing(now).Select(f => f.Cause.Fingerprint).ShouldBe(fires ? ["f-r"] : []);
        book.IsCalledFor(s => s.Name == "other", now).ShouldBeFalse();
    }

    [Fact]
    public void The_causes_of_an_outage_share_what_they_say_alike()
    {
        var book = Outage(10_000);

        var run = book.Rollbacks["r"];
        run.Causes.Count.ShouldBe(10_001);
        run.Causes.Skip(1).Select(c => c.AlertName).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBeLessThan(10);
        run.Causes.Skip(1).Select(c => c.Labels["service"]).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBeLessThan(10);
        run.Causes.Skip(1).SelectMany(c => c.Labels.Keys).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBeLessThan(50);
        run.Causes.Skip(1).Select(c => c.GeneratorUrl).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBeLessThan(10);
        run.Causes.Count(c => c.Summary is not null).ShouldBe(10_000, "any of them may begin a run of its own");
        run.Causes.Select(c => c.Labels.GetValueOrDefault("pod")).Distinct().Count().ShouldBe(10_001, "what it is decided by stays");
        run.AllResolved.ShouldBeFalse();
        run.ResolvedAt.Count.ShouldBe(10_000);
        run.Causes.Select(c => c.Fingerprint).Concat(run.ResolvedAt.Keys).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(10_001);
    }

    /// <summary>A run whose many causes joined and resolved, as it is read from the journal.</summary>
    private static Book Outage(int causes)
    {
        var proposed = (RollbackEvent.Proposed)Runs.Proposed("r").Timeline[0].Event;
        var events = Enumerable.Range(0, causes).Select(i => (RollbackEvent)new RollbackEvent.CauseAttached(new Cause(
                $"{i:x16}",
                "HighErrorRate",
                new SortedDictionary<string, string>(StringComparer.Ordinal) { ["alertname"] = "HighErrorRate", ["pod"] = $"rental-api-7d4b9c-{i}", ["service"] = "rental-api" },
                $"rental-api-7d4b9c-{i} returns errors",
                Runs.At(1), Runs.At(1), "http://prometheus/graph", "http://alertmanager")))
            .Concat(Enumerable.Range(0, causes).Select(i => new RollbackEvent.CauseResolved($"{i:x16}", null)))
            .Prepend(proposed);
        return events.Select((e, i) => EventJson.ToStore(RollbackState.Stream("r"), Runs.At(1), e) is var n ? new StoredEvent(i + 1, n.Stream, n.At, n.Type, n.Data) : null!)
            .Aggregate(Book.Empty, (book, e) => book.Apply(e));
    }
}
