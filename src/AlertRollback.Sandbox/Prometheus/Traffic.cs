namespace AlertRollback.Sandbox.Prometheus;

/// <summary>How the pretend application does, told by the pods that answer requests.</summary>
/// <param name="Ready">Pods that take part in answering.</param>
/// <param name="ErrorRatio">Share of answers that are 5xx, 0..1.</param>
/// <param name="MeanSeconds">Mean duration of an answer, seconds.</param>
/// <param name="SlowShare">Share of slow answers, 0..1.</param>
internal sealed record Traffic(int Ready, double ErrorRatio, double MeanSeconds, double SlowShare)
{
    /// <summary>Share of errors of a pod whose image has them.</summary>
    public const double ErrorsOfBadPod = 0.2;

    public const double FastSeconds = 0.04;
    public const double SlowSeconds = 6;

    /// <summary>Requests per second of all pods together.</summary>
    public const double RequestRate = 40;

    /// <summary>Null when no pod is ready: then there are no requests, and nothing to measure.</summary>
    public static Traffic? Of(IReadOnlyList<RunningPod> pods)
    {
        RunningPod[] ready = [.. pods.Where(p => p.Ready)];
        if (ready.Length == 0) return null;
        var slow = (double)ready.Count(p => p.IsSlow) / ready.Length;
        var errors = ErrorsOfBadPod * ready.Count(p => p.HasErrors) / ready.Length;
        return new Traffic(ready.Length, errors, (slow * SlowSeconds) + ((1 - slow) * FastSeconds), slow);
    }

    /// <summary>The band by the rental team's rules: 3 critical, 2 high, 1 medium, 0 low; the worse of errors and response counts.</summary>
    public int Band => Math.Max(Above(ErrorRatio, 0.01, 0.03, 0.05), Above(MeanSeconds, 1, 3, 5));

    /// <summary>The duration that the given share of requests stays below, seconds.</summary>
    public double Quantile(double share) => share > 1 - SlowShare ? SlowSeconds : FastSeconds;

    private static int Above(double value, params double[] limits) => limits.Count(limit => value > limit);
}
