using AlertRollback.Kubernetes;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>What scaling, undo, edits and the steps of an Argo Rollout make of the API server's answers.</summary>
public sealed class ConvergingTests
{
    private static readonly DateTimeOffset noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly PassingTime time = new(noon);
    private readonly List<bool> told = [];

    [Theory]
    [InlineData("", "done")]
    [InlineData("Conflict", "done")]
    [InlineData("NotFound", "done")]
    [InlineData("OutcomeUnknown", "done")]
    [InlineData("Invalid", "rejected: Invalid")]
    [InlineData("Forbidden", "rejected: Forbidden")]
    [InlineData("Unavailable", "not done: Unavailable")]
    [InlineData("NoCluster", "not done: NoCluster")]
    [InlineData("Conflict Forbidden", "rejected: Forbidden")]
    [InlineData("OutcomeUnknown Invalid", "unknown: Invalid")]
    [InlineData("OutcomeUnknown Conflict Forbidden", "unknown: Forbidden")]
    [InlineData("OutcomeUnknown Unavailable", "unknown: Unavailable")]
    public async Task S2_after_a_lost_answer_nothing_says_that_nothing_was_changed(string faults, string end) => (await RunAsync(faults)).ShouldBe(end);

    [Theory]
    [InlineData(KubernetesFault.Invalid)]
    [InlineData(KubernetesFault.Unavailable)]
    public async Task S2_neither_does_it_after_a_crash(KubernetesFault fault) => (await RunAsync($"{fault}", sent: true)).ShouldBe($"unknown: {fault}");

    [Theory]
    [InlineData("Conflict", "not done: shop/api changed faster than it could be patched")]
    [InlineData("OutcomeUnknown", "unknown: shop/api: the answers to the write were lost")]
    [InlineData("NotFound", "rejected: NotFound")]
    public async Task What_never_stands_still_is_given_up(string fault, string end)
    {
        (await RunAsync(string.Join(' ', Enumerable.Repeat(fault, 8)))).ShouldBe(end);
        (time.GetUtcNow() - noon).ShouldBe(TimeSpan.FromMilliseconds(25 * (2 + 3 + 4 + 5 + 6 + 7)), "no pause before the first repetition, and none after the last turn");
    }

    [Fact]
    public async Task S2_a_lost_answer_before_is_never_forgotten()
    {
        (await RunAsync("OutcomeUnknown NotFound NotFound NotFound NotFound NotFound NotFound NotFound")).ShouldStartWith("unknown");
        told.ShouldBe([false, true, true, true, true, true, true, true]);
    }

    [Fact]
    public async Task Cancellation_gets_through()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => RunAsync("Conflict Conflict", cancellation: stop.Token));
    }

    private Task<string> RunAsync(string faults, bool sent = false, CancellationToken? cancellation = null)
    {
        var left = new Queue<string>(faults.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new Converging<string>("shop/api", time) { Rejected = t => $"rejected: {t}", NotDone = t => $"not done: {t}", Unknown = t => $"unknown: {t}" }.RunAsync(
            before =>
            {
                told.Add(before);
                return left.TryDequeue(out var fault) ? throw new KubernetesException(Enum.Parse<KubernetesFault>(fault), fault) : Task.FromResult("done");
            },
            sent,
            cancellation ?? TestContext.Current.CancellationToken);
    }
}
