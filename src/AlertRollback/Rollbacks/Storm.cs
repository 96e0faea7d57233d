namespace AlertRollback.Rollbacks;

/// <summary>When so much fires at once that the platform is at fault, a release is not blamed that runs well elsewhere. Pure.</summary>
internal static class Storm
{
    /// <summary>Why these images do not go into quarantine; null when they do.</summary>
    /// <param name="uid">The workload that is rolled back.</param>
    /// <param name="most">More services than this firing at once are a storm.</param>
    public static string? Spares(Book book, string uid, IReadOnlyList<string> images, int most, DateTimeOffset now)
    {
        var (services, workloads) = Firing(book, now);
        if (services <= most || images.Count == 0)
            return null;
        var elsewhere = book.Workloads.Values.FirstOrDefault(w => w.Uid != uid && IsWell(w) && !workloads.Contains(w.Current!.Workload) && images.All(w.Current.Images.Contains));
        return elsewhere is null ? null : $"{services} services fire at once, and {string.Join(", ", images)} runs well as {elsewhere.Current!.Workload}: not quarantined";
    }

    private static bool IsWell(WorkloadKnowledge workload) =>
        workload.Current is { Images.Count: > 0 } current && (workload.CurrentIsComplete || workload.Good.ContainsKey(current.Digest));

    private static (int Services, HashSet<string> Workloads) Firing(Book book, DateTimeOffset now)
    {
        var services = book.Firing(now).Select(f => f.Service).DistinctBy(s => (s.Team, s.Name)).ToList();
        return (services.Count, services.Select(s => s.Workload?.Address).OfType<string>().ToHashSet(StringComparer.Ordinal));
    }
}
