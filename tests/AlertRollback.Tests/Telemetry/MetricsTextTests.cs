using AlertRollback.Telemetry;

namespace AlertRollback.Tests.Telemetry;

public sealed class MetricsTextTests
{
    private static readonly MetricFamily Awkward = MetricFamily.Gauge(
        "shop_open", "One\nhelp with a \\ and \"quotes\".", [Sample.Of(0.1, ("a", "x\"y\\z\n{é}"), ("b", "")), Sample.Of(1e21, ("a", "big"), ("b", "b"))]);

    [Fact]
    public void Each_metric_has_its_help_its_type_and_its_series_and_nothing_can_break_a_line() => Scrape.TextOf([Awkward, MetricFamily.Gauge("shop_empty", "None yet.", [])]).ShouldBe(
        """
        # HELP shop_open One\nhelp with a \\ and "quotes".
        # TYPE shop_open gauge
        shop_open{a="x\"y\\z\n{é}",b=""} 0.1
        shop_open{a="big",b="b"} 1E+21
        # HELP shop_empty None yet.
        # TYPE shop_empty gauge

        """);

    [Fact]
    public void The_buckets_of_a_histogram_hold_the_smaller_ones_too()
    {
        var durations = new DurationHistogram();
        foreach (var seconds in (double[])[-3, 5, 5.1, 100_000])
            durations.Add(TimeSpan.FromSeconds(seconds));

        var scrape = Scrape.Of([new MetricFamily("x_seconds", MetricType.Histogram, "X.", [.. durations.Samples(("phase", "p"))])]);
        scrape["x_seconds_bucket{phase=\"p\",le=\"5\"}"].ShouldBe(2, "an end before the beginning took no time");
        scrape["x_seconds_bucket{phase=\"p\",le=\"15\"}"].ShouldBe(3);
        scrape["x_seconds_bucket{phase=\"p\",le=\"14400\"}"].ShouldBe(3);
        scrape["x_seconds_bucket{phase=\"p\",le=\"+Inf\"}"].ShouldBe(4);
        scrape["x_seconds_count{phase=\"p\"}"].ShouldBe(4);
        scrape["x_seconds_sum{phase=\"p\"}"].ShouldBe(100_010.1, tolerance: 0.001);
    }

    [Fact]
    public async Task Prometheus_own_program_finds_nothing_wrong()
    {
        (await Scrape.FaultsAsync(Scrape.TextOf([Awkward]))).ShouldBeEmpty();
        (await Scrape.FaultsAsync("# TYPE shop_open gauge\nshop_open{a=\"x\n\"} 1\n")).ShouldNotBeEmpty("it is seen to find faults");
    }
}
