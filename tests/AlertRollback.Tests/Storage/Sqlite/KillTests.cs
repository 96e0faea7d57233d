using System.Diagnostics;
using System.Globalization;
using System.Text;
using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;

namespace AlertRollback.Tests.Storage.Sqlite;

/// <summary>A real process is killed while it writes; what it had acknowledged must be there.</summary>
public sealed class KillTests
{
    private const string JournalVariable = "ALERTROLLBACK_VICTIM_JOURNAL";

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9()
    {
        var folder = Directory.CreateTempSubdirectory("alertrollback-kill-");
        var path = Path.Combine(folder.FullName, "journal.db");
        var acknowledged = new HashSet<string>();
        foreach (var acknowledgements in new[] { 1, 57, 404 })
            acknowledged.UnionWith(await RunAndKillAsync(path, acknowledgements));

        await using (var journal = SqliteJournal.Open(path, TimeProvider.System))
        {
            var kept = await EverythingAsync(journal);
            acknowledged.Count.ShouldBeGreaterThan(400);
            acknowledged.Except(kept).ShouldBeEmpty();
            foreach (var name in acknowledged.Where(a => a.StartsWith("receipt", StringComparison.Ordinal)))
                (await journal.ReceiveAsync(name, Encoding.UTF8.GetBytes(name), [], DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken)).ShouldBe(ReceiptOutcome.Duplicate);
        }

        folder.Delete(recursive: true);
    }

    /// <summary>The process to be killed: this assembly, started with only this test.</summary>
    [Fact(Explicit = true)]
    public async Task Victim()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(JournalVariable) is null, "it is run by the test above");
        await using var journal = SqliteJournal.Open(Environment.GetEnvironmentVariable(JournalVariable)!, TimeProvider.System, LogRoom.OfService);
        await using var output = Console.OpenStandardOutput();
        var process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(lane => WriteForEverAsync(journal, output, $"{process}/{lane}")));
    }

    private static async Task WriteForEverAsync(SqliteJournal journal, Stream output, string lane)
    {
        for (var i = 0; ; i++)
        {
            var receipt = $"receipt/{lane}/{i}";
            await journal.ReceiveAsync(receipt, Encoding.UTF8.GetBytes(receipt), [receipt], DateTimeOffset.UnixEpoch, CancellationToken.None);
            Say(output, receipt);
            var e = $"event/{lane}/{i}";
            await journal.AppendAsync([new NewEvent("s", DateTimeOffset.UnixEpoch, "t", e)], null, CancellationToken.None);
            Say(output, e);
        }
    }

    // One write for one line: the lanes must not tear each other's.
    private static void Say(Stream output, string name) => output.Write(Encoding.UTF8.GetBytes($"ack {name}\n"));

    private static async Task<List<string>> RunAndKillAsync(string journal, int acknowledgements)
    {
        var test = $"{typeof(KillTests).FullName}.{nameof(Victim)}";
        var start = new ProcessStartInfo(Environment.ProcessPath ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(KillTests).Assembly.Location);
        foreach (var argument in new[] { "-method", test, "-explicit", "only" })
            start.ArgumentList.Add(argument);
        start.Environment[JournalVariable] = journal;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        var acknowledged = new List<string>();
        var heard = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            heard.AppendLine(line);
            if (!line.StartsWith("ack ", StringComparison.Ordinal))
                continue;
            acknowledged.Add(line[4..]);
            if (acknowledged.Count == acknowledgements)
                process.Kill(); // SIGKILL; what it still said before it died is read on
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(acknowledgements, $"{heard}{await errors}");
        return acknowledged;
    }

    private static async Task<HashSet<string>> EverythingAsync(SqliteJournal journal)
    {
        var all = new HashSet<string>();
        foreach (var receipt in await journal.PendingReceiptsAsync(int.MaxValue, TestContext.Current.CancellationToken))
            all.Add(Encoding.UTF8.GetString(receipt.Body.Span));
        await foreach (var e in journal.ReadAsync(0, TestContext.Current.CancellationToken))
            all.Add(e.Data);
        return all;
    }
}
