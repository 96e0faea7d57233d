using System.Diagnostics;
using System.Globalization;
using AlertRollback.Alerts;
using AlertRollback.Alerts.Intake;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;
using AlertRollback.Web;

namespace AlertRollback.Benchmarks.Receipts;

/// <summary>
/// Durable receipts beside bare endpoints that only parse the same body: a minimal API's own way, and the service's own reader alone.
/// Same server, same process, turn and turn about. Deciding is not part of it.
/// </summary>
internal static class ReceiptsBenchmark
{
    private const int Connections = 16;
    private const string BarePath = "/bare";
    private const string ReaderPath = "/reader";

    private static long _seed;

    public static async Task RunAsync(BenchmarkRun run)
    {
        var folder = Directory.CreateTempSubdirectory("alertrollback-bench-");
        try
        {
            await using var journal = SqliteJournal.Open(Path.Combine(folder.FullName, "journal.db"), TimeProvider.System, LogRoom.OfService);
            await using var app = await ServeAsync(journal);
            await CompareThroughputAsync(run, new Uri(app.Urls.Single()).Port, journal, folder);
            await CompareStormAsync(run, new Uri(app.Urls.Single()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<WebApplication> ServeAsync(SqliteJournal journal)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IJournal>(journal).AddSingleton(TimeProvider.System).AddSingleton<DecisionBasis>(() => "");
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, BoundJson.Default));
        builder.Services.AddWeb(new OperatorConfiguration { Matrix = "", Journal = "" });
        var app = builder.Build();
        app.UseWeb();
        app.MapWeb();
        app.MapPost(BarePath, (BoundMessage message) => message.Alerts.Count > 0 ? Results.Text("ok\n") : Results.BadRequest());
        app.MapPost(ReaderPath, (RequestDelegate)ReadAsync);
        await app.StartAsync();
        return app;
    }

    private static async Task ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
        await context.Request.Body.CopyToAsync(body);
        var read = WebhookMessageReader.Read(body.GetBuffer().AsMemory(0, (int)body.Length));
        context.Response.StatusCode = read.IsMessage ? 200 : 400;
        context.Response.ContentLength = 3;
        await context.Response.Body.WriteAsync("ok\n"u8.ToArray());
    }

    private static async Task CompareThroughputAsync(BenchmarkRun run, int port, SqliteJournal journal, DirectoryInfo folder)
    {
        var (rounds, seconds) = run.IsShort ? (1, 1) : (5, 4);

        // Until what a message calls has been compiled for good; see Runtime.props.
        foreach (var path in new[] { BarePath, ReaderPath, AlertsEndpoint.Path })
            await LoadAsync(port, path, run.IsShort ? 2 : 8);
        var commits = journal.Writer.Commits;
        var (bare, reader, durable, flushes) = (new List<Load>(), new List<Load>(), new List<Load>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(await LoadAsync(port, BarePath, seconds));
            reader.Add(await LoadAsync(port, ReaderPath, seconds));
            durable.Add(await LoadAsync(port, AlertsEndpoint.Path, seconds));
            flushes.Add(DiskFlush.PerSecond(folder, TimeSpan.FromSeconds(1)));
        }

        commits = journal.Writer.Commits - commits;
        var d = durable.Select(l => l.PerSecond).Median();
        run.Line(
            string.Create(CultureInfo.InvariantCulture, $"durable receipts, {Connections} connections"),
            string.Create(CultureInfo.InvariantCulture, $"{d:0}/s, p50 {durable[^1].P50:0} µs, p99 {durable[^1].P99:0} µs"),
            Told("bare minimal API", bare), Half(bare), d >= PerSecond(bare) / 2);
        run.Line("    beside our reader alone", string.Create(CultureInfo.InvariantCulture, $"{d:0}/s"), Told("no binding", reader), Half(reader), d >= PerSecond(reader) / 2);
        BenchmarkRun.Note($"{durable.Sum(l => l.Accepted) / (double)commits:0.0} receipts share a commit; {durable.Sum(l => l.Others)} were not answered with 200");
        var most = Connections * flushes.Median();
        run.Line(
            "    beside what the disk allows", string.Create(CultureInfo.InvariantCulture, $"{d:0}/s"),
            string.Create(CultureInfo.InvariantCulture, $"{Connections} x {flushes.Median():0} flushes/s = {most:0}/s"),
            string.Create(CultureInfo.InvariantCulture, $"half of it; is {d / most:0.00}"),
            d >= most / 2);

        double PerSecond(List<Load> loads) => loads.Select(l => l.PerSecond).Median();
        string Told(string what, List<Load> loads) => string.Create(CultureInfo.InvariantCulture, $"{what} {PerSecond(loads):0}/s, p50 {loads[^1].P50:0} µs, p99 {loads[^1].P99:0} µs");
        string Half(List<Load> loads) => string.Create(CultureInfo.InvariantCulture, $"half of it; is {d / PerSecond(loads):0.00}");
    }

    private static async Task CompareStormAsync(BenchmarkRun run, Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        var message = new SampleMessage(alerts: 10_000);
        var (bare, durable) = (new List<double>(), new List<double>());
        for (var round = 0; round < (run.IsShort ? 2 : 7); round++)
        {
            bare.Add(await PostAsync(client, ReaderPath, message));
            durable.Add(await PostAsync(client, AlertsEndpoint.Path, message));
        }

        run.Line(
            string.Create(CultureInfo.InvariantCulture, $"one message of 10,000 alerts, {message.Body.Length / 1024} KiB"),
            string.Create(CultureInfo.InvariantCulture, $"{durable.Median():0} ms, worst {durable.Max():0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"our reader alone {bare.Median():0} ms"),
            "under 1000 ms",
            durable.Max() < 1000);
    }

    private static async Task<double> PostAsync(HttpClient client, string path, SampleMessage message)
    {
        message.Renew(Interlocked.Add(ref _seed, 1_000_000_000));
        var start = Stopwatch.GetTimestamp();
        using var answer = await client.PostAsync(path, new ByteArrayContent(message.Body));
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<Load> LoadAsync(int port, string path, int seconds)
    {
        var seed = Interlocked.Add(ref _seed, 1_000_000_000);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ReceiptsBenchmark).Assembly.Location);
        foreach (var argument in (string[])["load", $"{port}", path, $"{Connections}", $"{seconds}", $"{seed}"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = (await process.StandardOutput.ReadToEndAsync()).Split(' ');
        await process.WaitForExitAsync();
        var numbers = said.Select(s => double.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        return new Load((int)numbers[0], (int)numbers[1], numbers[0] / seconds, numbers[2], numbers[3]);
    }

    private sealed record Load(int Accepted, int Others, double PerSecond, double P50, double P99);
}
