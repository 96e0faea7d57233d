namespace AlertRollback.Sandbox.Cluster;

/// <summary>A request that the pretend cluster was sent. Status 0: still running.</summary>
public sealed record LoggedRequest(long Number, DateTimeOffset Time, string Method, string Path, int Status);

/// <summary>All requests in the order of their arrival.</summary>
public sealed class RequestLog(TimeProvider time)
{
    /// <summary>The status of a request that was dropped before it was carried out.</summary>
    public const int Dropped = 599;

    private readonly Lock gate = new();
    private readonly List<LoggedRequest> entries = [];

    public IReadOnlyList<LoggedRequest> All
    {
        get
        {
            lock (gate) return [.. entries];
        }
    }

    /// <summary>What was asked to change something, commands in containers among it; dry runs are left out.</summary>
    public IReadOnlyList<LoggedRequest> Writes =>
        [.. All.Where(e => (e.Method != "GET" || IsExec(e.Path)) && !e.Path.Contains("dryRun=All", StringComparison.Ordinal))];

    /// <summary>Of <see cref="Writes"/>: what was carried out, whether its answer arrived or not.</summary>
    public IReadOnlyList<LoggedRequest> CarriedOut => [.. Writes.Where(e => e.Status is (>= 200 and < 300) or StatusCodes.Status101SwitchingProtocols)];

    private static bool IsExec(string path) => path.Split('?')[0].EndsWith("/exec", StringComparison.Ordinal);

    internal LoggedRequest Begin(string method, string path)
    {
        lock (gate)
        {
            var entry = new LoggedRequest(entries.Count, time.GetUtcNow(), method, path, 0);
            entries.Add(entry);
            return entry;
        }
    }

    internal void End(LoggedRequest entry, int status)
    {
        lock (gate) entries[(int)entry.Number] = entry with { Status = status };
    }
}
