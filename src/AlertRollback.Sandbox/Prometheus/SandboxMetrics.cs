namespace AlertRollback.Sandbox.Prometheus;

/// <summary>One sample of an answer.</summary>
internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>The sample of an aggregate, which has no labels.</summary>
    public static Sample Of(double value) => new(new Dictionary<string, string>(), value);
}

/// <summary>The numbers of one workload, which follow the images that run. A metric it does not have is an empty vector, as in Prometheus.</summary>
internal sealed class SandboxMetrics(IRunningImages images, string @namespace, string workload)
{
    private const double BytesPerPod = 180 * 1024 * 1024;
    private const double LimitPerPod = 512 * 1024 * 1024;
    private const double SlowFrom = 0.25;
    private const int ConnectionsPerPod = 4;
    private const string LatencyLimit = "service:http_latency_seconds:p95_5m_limit";

    public Traffic? Traffic => Traffic.Of(images.Pods(@namespace, workload));

    public IReadOnlyList<Sample> Answer(SandboxQuery query)
    {
        if (!query.IsAbout(workload)) return [];
        if (query.Mentions("up")) return Up(query);
        return Traffic is { } traffic && Value(query, traffic) is { } value ? [Sample.Of(value)] : [];
    }

    private static double? Value(SandboxQuery query, Traffic traffic)
    {
        if (query.Mentions("http_requests_total")) return Requests(query, traffic);
        if (query.Quantile is { } share && query.Mentions("http_request_duration_seconds_bucket")) return traffic.Quantile(share) / (query.Mentions(LatencyLimit) ? SlowFrom : 1);
        if (query.Mentions("http_request_duration_seconds_bucket")) return Traffic.RequestRate * query.Seconds;
        if (query.Mentions("http_request_duration_seconds_sum")) return traffic.MeanSeconds * (query.IsRatio ? 1 : Traffic.RequestRate);
        if (query.Mentions("http_request_duration_seconds_count")) return Traffic.RequestRate;
        if (query.Mentions("container_memory_working_set_bytes")) return traffic.Ready * BytesPerPod;
        if (query.Mentions("pg_stat_activity_count")) return traffic.Ready * ConnectionsPerPod;
        return Recorded(query, traffic);
    }

    private static double Requests(SandboxQuery query, Traffic traffic) => query switch
    {
        { IsRatio: true } => traffic.ErrorRatio,
        { IsOfErrors: true } => traffic.ErrorRatio * Traffic.RequestRate,
        _ => Traffic.RequestRate * query.Seconds,
    };

    /// <summary>The recording rules that the shipped matrices ask for, and those of <c>alert-rules/rental/rules.yml</c>.</summary>
    private static double? Recorded(SandboxQuery query, Traffic traffic)
    {
        if (query.Mentions("service:memory_of_limit:max")) return BytesPerPod / LimitPerPod;
        if (query.Mentions(LatencyLimit)) return SlowFrom;
        if (query.Mentions("service:http_errors:ratio_rate5m")) return traffic.ErrorRatio;
        if (query.Mentions("service:http_response_seconds:mean5m")) return traffic.MeanSeconds;
        return query.Mentions("service:rental_band:level") ? traffic.Band : null;
    }

    private IReadOnlyList<Sample> Up(SandboxQuery query)
    {
        var pods = images.Pods(@namespace, workload);
        if (query.IsAggregate) return pods.Count == 0 ? [] : [Sample.Of(pods.Count(p => p.Ready))];
        return [.. pods.Select(p => new Sample(
            new Dictionary<string, string> { ["__name__"] = "up", ["job"] = workload, ["pod"] = p.Name }, p.Ready ? 1 : 0))];
    }
}
