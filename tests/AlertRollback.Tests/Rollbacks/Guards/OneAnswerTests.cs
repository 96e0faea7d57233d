using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class OneAnswerTests
{
    private static readonly ServiceDefinition Service = new("rental", "rental-api", null, null, null, null);
    private static readonly CheckDefinition Check = new("silent", [], Report: false);

    private readonly FakeTimeProvider _time = new(Runs.Noon);

    [Fact]
    public async Task A_check_that_does_not_answer_is_given_up_after_half_a_minute()
    {
        var asked = AskAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(29.9));
        asked.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        var answer = (await asked).ShouldHaveSingleItem();
        (answer.Verdict, answer.Measured).ShouldBe((Verdict.Inconclusive, "no answer in time"));
    }

    [Fact]
    public async Task Who_is_told_to_stop_stops()
    {
        using var stop = new CancellationTokenSource();
        var asked = AskAsync(stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asked);
    }

    [Fact]
    public void What_one_service_answered_is_no_answer_of_another_one() => CheckKey.Of(Service with { Name = "other" }, Check).ShouldNotBe(CheckKey.Of(Service, Check));

    private Task<IReadOnlyList<CheckResult>> AskAsync(CancellationToken cancellation) => new OneAnswer(new Catalog([], [new Silent()]), _time)
        .AskAsync(Check, new CheckContext("r", Service, Runs.Noon, Runs.Noon, new Dictionary<string, JsonObject>()), cancellation);

    private sealed class Silent : ICheck
    {
        public string Name => "silent";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [];

        public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
            return [];
        }
    }
}
