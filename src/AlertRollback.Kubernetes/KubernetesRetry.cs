namespace AlertRollback.Kubernetes;

/// <summary>How long and how often the API server is asked again; the defaults of all of it in one place.</summary>
public sealed record KubernetesRetry
{
    /// <summary>Repetitions after the first attempt.</summary>
    public int Repetitions { get; init; } = 4;

    /// <summary>The first pause; doubles each time, less up to half of it as jitter.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long one attempt may take, answer included.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>No attempt starts later than this after the first one.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long the server is asked to end a watch.</summary>
    public TimeSpan WatchLength { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>A watch that says nothing for this long, not even one of the bookmarks that come every minute, is taken for dead.</summary>
    public TimeSpan WatchIdle { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How often in a row a watch that once worked may be refused (401, 403, ...) before that gets through.</summary>
    public int WatchRefusals { get; init; } = 8;

    /// <summary>Objects per page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>How often a list whose continuation expired (410) starts over by pages, before it is asked for in one piece.</summary>
    public int ListRestarts { get; init; } = 3;

    /// <summary>The pause before a repetition, counted from 0.</summary>
    /// <param name="jitter">From 0 to 1.</param>
    internal TimeSpan PauseBefore(int repetition, double jitter)
    {
        var full = Math.Min(Pause.TotalMilliseconds * Math.Pow(2, Math.Min(repetition, 20)), LongestPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(full * (1 - (jitter / 2)));
    }
}
