using System.Collections.Concurrent;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertRollback.Tests.Storage;

public sealed class JournalPruningTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PassingTime _time = new(Start);
    private readonly KeptLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Each_is_run_after_its_first_wait_and_then_daily(int hours)
    {
        var pruning = new Pretended(_time, "old letters") { FirstAfter = TimeSpan.FromHours(hours) };

        await RunAsync(pruning);

        pruning.Ran.ShouldBe([Start.AddHours(hours), Start.AddHours(hours + 24), Start.AddHours(hours + 48)]);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_fails_is_named_and_tried_again_and_keeps_no_other_from_its_turn()
    {
        var unavailable = new Pretended(_time, "old letters") { Fault = new JournalUnavailableException("the disk is full") };
        var broken = new Pretended(_time, "old parcels") { Fault = new InvalidOperationException("a bug") };
        var late = new Pretended(_time, "old stamps") { Fault = new TaskCanceledException("it took too long") };
        var whole = new Pretended(_time, "old cards");

        await RunAsync(unavailable, broken, late, whole);

        _log.Lines.Distinct().Order().ShouldBe([
            "Warning old letters could not be forgotten; tried again tomorrow",
            "Warning old parcels could not be forgotten; tried again tomorrow",
            "Warning old stamps could not be forgotten; tried again tomorrow"]);
    }

    [Fact]
    public void The_service_forgets_receipts_from_its_start_and_reads_for_the_others_hours_later()
    {
        var services = new ServiceCollection();
        services.AddAlertRollback(new OperatorConfiguration { Matrix = "", Journal = "" }, new MemoryJournal(), _time);
        using var provider = services.BuildServiceProvider();

        provider.GetServices<IPruning>().Select(p => (p.GetType(), p.What, p.FirstAfter)).ShouldBe([
            (typeof(ReceiptPruning), "old receipts", TimeSpan.Zero),
            (typeof(ConfigurationPruning), "old configurations", TimeSpan.FromHours(3)),
            (typeof(NotActedOnPruning), "old alerts that were not acted on", TimeSpan.FromHours(4))]);
    }

    /// <summary>Until each was run three times.</summary>
    private async Task RunAsync(params Pretended[] prunings)
    {
        using var pruning = new JournalPruning(prunings, _time, _log);
        await pruning.StartAsync(Cancellation);
        await Task.WhenAll(prunings.Select(p => p.ThirdTime)).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
        await pruning.StopAsync(Cancellation);
        pruning.ExecuteTask!.IsFaulted.ShouldBeFalse();
    }

    private sealed class Pretended(TimeProvider time, string what) : IPruning
    {
        private readonly TaskCompletionSource _thirdTime = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<DateTimeOffset> Ran { get; } = [];

        public Task ThirdTime => _thirdTime.Task;

        public Exception? Fault { get; init; }

        public string What => what;

        public TimeSpan FirstAfter { get; init; }

        public async Task PruneAsync(CancellationToken cancellation)
        {
            Ran.Enqueue(time.GetUtcNow());
            if (Ran.Count == 3)
            {
                _thirdTime.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            if (Fault is not null)
                throw Fault;
        }
    }

    private sealed class KeptLog : ILogger<JournalPruning>
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)}");
    }
}
