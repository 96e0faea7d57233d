namespace AlertRollback.Telemetry;

/// <summary>What a metric's values may do, in the words of the text format.</summary>
public enum MetricType
{
    /// <summary>Only grows.</summary>
    Counter,

    Gauge,

    /// <summary>Counted into buckets by size.</summary>
    Histogram,
}

/// <summary>One value with its labels.</summary>
/// <param name="Suffix">What the series of a histogram add to its name; empty for all others.</param>
public sealed record Sample(double Value, IReadOnlyList<(string Name, string Value)> Labels, string Suffix = "")
{
    public static Sample Of(double value, params (string Name, string Value)[] labels) => new(value, labels);
}

/// <summary>One metric and all its series.</summary>
/// <param name="Name">By Prometheus' conventions: base units, <c>_total</c> for counters.</param>
public sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<Sample> Samples)
{
    public static MetricFamily Gauge(string name, string help, double value) => new(name, MetricType.Gauge, help, [Sample.Of(value)]);

    public static MetricFamily Gauge(string name, string help, bool value) => Gauge(name, help, value ? 1 : 0);

    public static MetricFamily Gauge(string name, string help, IEnumerable<Sample> samples) => new(name, MetricType.Gauge, help, [.. samples]);

    public static MetricFamily Counter(string name, string help, IReadOnlyList<Sample> samples) => new(name, MetricType.Counter, help, samples);

    /// <summary>A point in time; no series while there is none.</summary>
    public static MetricFamily Timestamp(string name, string help, DateTimeOffset? at) =>
        Gauge(name, help, at is { } time ? [Sample.Of(time.ToUnixTimeMilliseconds() / 1000d)] : []);
}
