using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Alerting;

/// <summary>The whole way with nothing pretended but Slack and the status page, and with the shipped rules, matrix and Alertmanager configuration.</summary>
public sealed class BadReleaseTests
{
    private const string Good = "registry.example.com/rental-api:v1";
    private const string Bad = "registry.example.com/rental-api:v2-errors";

    [Fact]
    public async Task Bad_image_in_alert_fires_the_good_template_is_back_message_posted_incident_resolved()
    {
        await using var cleanup = new Cleanup();
        var space = cleanup.Add(await ClusterNamespace.CreateAsync());
        var workload = await Workload.CreateAsync(space, "deployments", Good);
        var good = await workload.TemplateAsync();
        var people = cleanup.Add(new PeopleStubs());
        var application = cleanup.Add(await MetricsExporter.StartAsync(workload));
        var files = cleanup.Add(new ServiceFiles());
        var gate = cleanup.Add(await ApiGate.StartAsync(space));
        var alertmanager = cleanup.Add(await AlertmanagerProcess.StartAsync(files));
        var prometheus = cleanup.Add(await PrometheusProcess.StartAsync(application.Url, alertmanager));
        files.WriteMatrix(ShippedMatrix(space, application.Url));
        foreach (var beside in Directory.EnumerateFiles(Repository.File("alert-rules/rental"), "*.sql"))
            files.Write($"matrix/{Path.GetFileName(beside)}", await File.ReadAllTextAsync(beside, TestContext.Current.CancellationToken));
        files.WriteOperator(space, people, application.Url, gate.Kubeconfig, prometheus.Url, alertmanager.Url);
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));
        await Eventually.BeAsync("the good revision is known to be good", TimeSpan.FromSeconds(40), () =>
            JournalFile.Events(files.Journal).Any(e => e.Type == "known_good"));

        await workload.ReleaseAsync(Bad);
        await workload.CompleteAsync();
        await workload.ScaleAsync(4);
        await Eventually.BeAsync("the bad image is undone", TimeSpan.FromMinutes(4), async () => await workload.ImageAsync() == Good);
        await workload.CompleteAsync();
        application.RequestsPerSecond = 20_000;
        var closed = await service.ClosedAsync(TimeSpan.FromMinutes(4));

        var detail = await service.DetailAsync(closed);
        ((string?)closed["outcome"]).ShouldBe("rolled_back", detail.ToJsonString());
        (await workload.TemplateAsync()).ShouldBe(good);
        (await workload.RevisionAsync()).ShouldBe(3);
        gate.Accepted.ShouldBe([$"PATCH /{workload.Path}"]);
        (await workload.ReplicasAsync()).ShouldBe(4);
        (await workload.AnnotationAsync("alertrollback.io/rollback")).ShouldBe((string?)closed["id"]);
        await workload.CompleteAsync();

        var message = await Eventually.GetAsync("Slack was told the end", TimeSpan.FromSeconds(30), () =>
            Task.FromResult(people.Messages is [var first, ..] && Said(people).Contains("undone, verified and stable", StringComparison.Ordinal) ? first : null));
        var said = Said(people);
        said.ShouldContain("rental-api:v2-errors");
        said.ShouldContain("rental-api:v1");
        said.ShouldContain("share of errors");
        message.Edits.ShouldBeGreaterThan(0);

        var incident = await Eventually.GetAsync("the incident is resolved", TimeSpan.FromSeconds(30), () =>
            Task.FromResult(people.Incidents is [var only] && (string?)only["status"] == "resolved" ? only : null));
        incident["incident_updates"]!.AsArray().Count.ShouldBeGreaterThan(1);
        people.Statuspage.Look(() => (string?)people.Statuspage.Components[0]["status"]).ShouldBe("operational");
        people.Statuspage.Look(() => (string?)people.Statuspage.Components[0]["name"]).ShouldBe("Rental");
    }

    private static string Said(PeopleStubs people) =>
        string.Join('\n', people.Messages.SelectMany(m => people.Replies(m).Prepend(m)).Select(people.Words));

    // As it is shipped but for where this test's cluster and application are, and for two times that a test cannot wait for.
    private static string ShippedMatrix(ClusterNamespace space, Uri application) => Replaced(
        File.ReadAllText(Repository.File("alert-rules/rental/matrix.yml")),
        ("production/rental-api", $"{space.Name}/rental-api"),
        ("https://api.production.com", application.GetLeftPart(UriPartial.Authority)),
        ("publish_after: 2m", "publish_after: 5s"),
        ("stabilise: 30m", "stabilise: 30s"));

    private static string Replaced(string text, params IEnumerable<(string Old, string New)> changes) => changes.Aggregate(text, (all, change) =>
    {
        all.ShouldContain(change.Old);
        return all.Replace(change.Old, change.New, StringComparison.Ordinal);
    });
}
