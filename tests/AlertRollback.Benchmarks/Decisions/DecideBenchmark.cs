using System.Diagnostics;
using System.Globalization;
using System.Text;
using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Benchmarks.Decisions;

/// <summary>
/// One decision, with its reason in words, beside a scan that asks row after row and answers with a bare number: for the
/// last row of a matrix and for an alert that no row matches.
/// </summary>
internal static class DecideBenchmark
{
    private const double FlatWithin = 2;

    private static readonly int[] Sizes = [10, 1_000, 10_000];

    public static Task RunAsync(BenchmarkRun run)
    {
        foreach (var isMatch in (bool[])[true, false])
        {
            var smallest = 0.0;
            foreach (var rows in Sizes)
            {
                var decided = Compare(run, rows, isMatch, smallest);
                smallest = rows == Sizes[0] ? decided : smallest;
            }
        }

        return Task.CompletedTask;
    }

    private static double Compare(BenchmarkRun run, int rows, bool isMatch, double smallest)
    {
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", Matrix(rows))]), OfflineCatalog.Create(), null);
        var matrix = outcome.Matrix ?? throw new InvalidOperationException($"the benchmark's matrix is faulty: {outcome.Faults[0]}");
        var parsed = matrix.Teams.Single().Rows.SelectMany(r => r.Matchers).Distinct().ToDictionary(m => m, m => MatcherParser.ParseOne(m).Matchers.Single());
        var scanned = matrix.Teams.Single().Rows.Select(r => r.Matchers.Select(m => parsed[m]).ToArray()).ToArray();
        var labels = LabelSet.Of(
            ("alertname", Name(isMatch ? rows - 1 : rows)), ("cluster", "eu-1"), ("namespace", "rental"), ("pod", "rental-api-7d4b9c"),
            ("service", "rental-api"), ("severity", "critical"), ("team", "rental"));
        if ((matrix.Decide(labels) as Decision.Act)?.Row.Rank != (isMatch ? rows - 1 : null) || Scan(scanned, labels) != (isMatch ? rows - 1 : -1))
            throw new InvalidOperationException("the two do not agree");

        // The matrix has been in use for long.
        GC.Collect();

        // Turn and turn about, so that whatever else the machine does meets both.
        var (decisions, scans) = (new List<double>(), new List<double>());
        var slice = TimeSpan.FromMilliseconds(run.IsShort ? 20 : 200);
        for (var round = 0; round < (run.IsShort ? 2 : 7); round++)
        {
            decisions.Add(Nanoseconds(() => matrix.Decide(labels), slice));
            scans.Add(Nanoseconds(() => Scan(scanned, labels), slice));
        }

        var (decided, scan) = (decisions.Median(), scans.Median());
        run.Line(
            string.Create(CultureInfo.InvariantCulture, $"decide, {rows:N0} rows, {(isMatch ? "last row matches" : "no row matches")}"),
            string.Create(CultureInfo.InvariantCulture, $"{decided:N0} ns"),
            string.Create(CultureInfo.InvariantCulture, $"scan {scan:N0} ns"),
            smallest == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"flat: under {FlatWithin}x of {Sizes[0]} rows; is {decided / smallest:0.00}"),
            smallest == 0 || decided < FlatWithin * smallest);
        return decided;
    }

    private static int Scan(Matcher[][] rows, LabelSet labels)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (Array.TrueForAll(rows[i], m => m.Matches(labels)))
                return i;
        }

        return -1;
    }

    private static double Nanoseconds<T>(Func<T> work, TimeSpan slice)
    {
        for (var i = 0; i < 100; i++)
            GC.KeepAlive(work());
        var (times, start) = (0L, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start) < slice)
        {
            for (var i = 0; i < 16; i++)
                GC.KeepAlive(work());
            times += 16;
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / times;
    }

    private static string Name(int row) => string.Create(CultureInfo.InvariantCulture, $"Alert{row:00000}");

    private static string Matrix(int rows)
    {
        var text = new StringBuilder("""
            team: rental
            services:
              rental-api:
                workload: {deployment: production/rental-api}
            severities:
              critical: {start_within: 5m}
            playbooks:
              undo:
                steps: [rollout_undo: {to: previous}]
                verify: [rolled_out]
            checks:
              rolled_out:
                all: [rollout_status: {}]
            rows:

            """);
        for (var row = 0; row < rows; row++)
            text.AppendLine(CultureInfo.InvariantCulture, $$"""  - {name: row {{row}}, matchers: ['alertname="{{Name(row)}}"', 'severity="critical"', 'pod=~"rental-.*"'], playbook: undo}""");
        return text.ToString();
    }
}
