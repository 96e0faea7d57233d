using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using AlertRollback.Telemetry;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Telemetry;

/// <summary>What a scrape answered, by series: <c>name{label="value"}</c>.</summary>
internal sealed record Scrape(IReadOnlyDictionary<string, double> Series)
{
    public double this[string series] => Series.TryGetValue(series, out var value) ? value : throw new ShouldAssertException($"no series {series} among\n{string.Join('\n', Series.Keys)}");

    public static Scrape Of(IEnumerable<MetricFamily> families) => Of(TextOf(families));

    public static string TextOf(IEnumerable<MetricFamily> families)
    {
        var text = new ArrayBufferWriter<byte>();
        MetricsText.Write(text, families);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    public static Scrape Of(string text) => new(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#')
        .Select(l => (Series: l[..l.LastIndexOf(' ')], Value: l[(l.LastIndexOf(' ') + 1)..]))
        .ToDictionary(l => l.Series, l => double.Parse(l.Value, CultureInfo.InvariantCulture), StringComparer.Ordinal));

    /// <summary>The series of one metric.</summary>
    public IEnumerable<string> Named(string metric) => Series.Keys.Where(s => s == metric || s.StartsWith($"{metric}{{", StringComparison.Ordinal));

    /// <summary>What Prometheus' own program finds wrong; empty: nothing.</summary>
    public static async Task<string> FaultsAsync(string text)
    {
        var start = new ProcessStartInfo(Need.Program("promtool"), ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start).ShouldNotBeNull();
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? said : $"ended with {process.ExitCode}: {said}";
    }
}
