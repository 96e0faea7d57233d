using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using static AlertRollback.Tests.Playbooks.Checks.Asking;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class AlertResolvedCheckTests
{
    private static readonly IReadOnlyDictionary<string, string> Errors = Labels(("alertname", "HighErrors"), ("service", "rental-api"), ("cluster", "eu"));
    private static readonly IReadOnlyDictionary<string, string> Slow = Labels(("alertname", "Slow"), ("service", "rental-api"));

    public static TheoryData<string, IReadOnlyList<FiringAlert>?, Verdict, string> Rows => new()
    {
        { "nothing fires", [], Verdict.Pass, "resolved" },
        { "nobody to ask", null, Verdict.Inconclusive, "neither Alertmanager nor Prometheus could be asked" },
        { "one of two", [Firing(Slow)], Verdict.Fail, "1 still firing: Slow" },
        { "silenced is not resolved", [new FiringAlert(Slow, Suppressed: true)], Verdict.Fail, "1 still firing: Slow" },
        { "without the external labels", [Firing(Labels(("alertname", "HighErrors"), ("service", "rental-api")))], Verdict.Fail, "1 still firing: HighErrors" },
        { "another service's", [Firing(Labels(("alertname", "Slow"), ("service", "other")))], Verdict.Pass, "resolved" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Passes_once_none_of_the_causes_fires(string what, IReadOnlyList<FiringAlert>? firing, Verdict verdict, string measured)
    {
        var result = await AskAsync(firing, [Errors, Slow]);
        (result.Verdict, result.Measured).ShouldBe((verdict, measured), what);
        result.What.ShouldBe("2 alerts");
    }

    [Theory]
    [InlineData("rental-api", Verdict.Fail)]
    [InlineData("other", Verdict.Pass)]
    public async Task Started_by_hand_it_asks_for_every_alert_of_the_service(string service, Verdict verdict) =>
        (await AskAsync([Firing(Labels(("alertname", "Any"), ("service", service)))], [])).Verdict.ShouldBe(verdict);

    private static async Task<CheckResult> AskAsync(IReadOnlyList<FiringAlert>? firing, IReadOnlyList<IReadOnlyDictionary<string, string>> causes) =>
        (await new AlertResolvedCheck(new Source(firing)).AskAsync(
            Context() with { Run = RunFacts.None with { Alerts = causes } }, [], TestContext.Current.CancellationToken)).ShouldHaveSingleItem();

    private static FiringAlert Firing(IReadOnlyDictionary<string, string> labels) => new(labels, Suppressed: false);

    private static Dictionary<string, string> Labels(params (string Name, string Value)[] labels) => labels.ToDictionary(l => l.Name, l => l.Value);

    private sealed class Source(IReadOnlyList<FiringAlert>? firing) : IAlertSource
    {
        public Task<IReadOnlyList<FiringAlert>?> FiringAsync(CancellationToken cancellation) => Task.FromResult(firing);
    }
}
