using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Checks;

namespace AlertRollback.Tests.Playbooks;

/// <summary>Answers in the shapes that Alertmanager 0.27 and Prometheus 3 give.</summary>
public sealed class HttpAlertSourceTests : IDisposable
{
    private readonly HttpClient _http = Asking.Http();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("active", """{"alertname": "HighErrors", "pod": "a"}""", true)]
    [InlineData("unprocessed", """{"alertname": "HighErrors", "pod": "a"}""", true)]
    [InlineData("suppressed", """{"alertname": "HighErrors", "pod": "a"}""", false)]
    [InlineData("active", """{"alertname": "HighErrors", "pod": "b"}""", false)]
    [InlineData("active", """{"alertname": "HighErrors", "pod": "a", "zone": "1"}""", false)]
    public async Task Alertmanager_says_whether_this_alert_is_active(string state, string labels, bool firing)
    {
        var body = $$"""
            [{"annotations": {}, "endsAt": "2026-11-23T12:05:00Z", "fingerprint": "f", "receivers": [{"name": "r"}], "startsAt": "2026-11-23T12:00:00Z",
              "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "{{state}}"}, "generatorURL": "http://p", "labels": {{labels}}}]
            """;
        (await AskAsync(alertmanager: body)).ShouldBe(firing);
    }

    [Theory]
    [InlineData("firing", true)]
    [InlineData("pending", false)]
    public async Task Prometheus_says_it_without_the_external_labels(string state, bool firing)
    {
        var body = $$"""
            {"status": "success", "data": {"alerts": [{"labels": {"alertname": "HighErrors", "pod": "a"}, "annotations": {}, "state": "{{state}}",
              "activeAt": "2026-11-23T12:00:00Z", "value": "1e+00"}]} }
            """;
        (await AskAsync(prometheus: body)).ShouldBe(firing);
    }

    [Fact]
    public async Task Alertmanager_is_asked_first_and_Prometheus_when_it_cannot_tell()
    {
        const string fires = """{"status": "success", "data": {"alerts": [{"labels": {"alertname": "HighErrors"}, "state": "firing"}]}}""";
        (await AskAsync(alertmanager: "[]", prometheus: fires)).ShouldBe(false);
        (await AskAsync(alertmanager: "oops", prometheus: fires)).ShouldBe(true);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[\"text\"]")]
    [InlineData("[{\"status\": \"active\", \"labels\": {}}]")]
    [InlineData("<html>")]
    public async Task What_is_not_Alertmanagers_answer_says_nothing(string body) => (await AskAsync(alertmanager: body)).ShouldBeNull();

    [Theory]
    [InlineData("{\"data\": null}")]
    [InlineData("{\"data\": {\"alerts\": 5}}")]
    [InlineData("{\"data\": {\"alerts\": [{\"state\": 5, \"labels\": {}}]}}")]
    public async Task What_is_not_Prometheus_answer_says_nothing(string body) => (await AskAsync(prometheus: body)).ShouldBeNull();

    [Theory]
    [InlineData("active", false)]
    [InlineData("suppressed", true)]
    [InlineData("unprocessed", false)]
    public async Task One_that_is_silenced_fires_all_the_same_and_is_told_apart(string state, bool suppressed)
    {
        await using var alertmanager = await StubServer.StartAsync(StubServer.Json($$$"""[{"labels": {"alertname": "HighErrors"}, "status": {"state": "{{{state}}}"} }]"""));
        var source = new HttpAlertSource(_http, Asking.Granting(alertmanager: new HttpSource(alertmanager.Url, null)));
        (await source.FiringAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull().ShouldHaveSingleItem().Suppressed.ShouldBe(suppressed);
    }

    [Fact]
    public async Task An_answer_that_its_status_calls_an_error_says_nothing()
    {
        await using var proxy = await StubServer.StartAsync(StubServer.Json("[]", 502));
        var source = new HttpAlertSource(_http, Asking.Granting(alertmanager: new HttpSource(proxy.Url, null)));
        (await source.FiringAsync(TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Nobody_to_ask_says_nothing() => (await AskAsync()).ShouldBeNull();

    private async Task<bool?> AskAsync(string? alertmanager = null, string? prometheus = null)
    {
        await using var am = await StubServer.StartAsync(StubServer.Json(alertmanager ?? "", alertmanager is null ? 500 : 200));
        await using var prom = await StubServer.StartAsync(StubServer.Json(prometheus ?? "", prometheus is null ? 500 : 200));
        var operators = Asking.Granting(
            prometheus: prometheus is null ? null : new HttpSource(prom.Url, null),
            alertmanager: alertmanager is null ? null : new HttpSource(am.Url + "/", null));
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["alertname"] = "HighErrors", ["pod"] = "a", ["cluster"] = "eu" };
        if (alertmanager is not null)
            labels.Remove("cluster");
        var said = await new HttpAlertSource(_http, operators).IsAnyFiringAsync([labels], TestContext.Current.CancellationToken);
        am.Asked.Select(a => a.Path).ShouldBe(alertmanager is null ? [] : ["/api/v2/alerts?active=true"]);
        return said;
    }
}
