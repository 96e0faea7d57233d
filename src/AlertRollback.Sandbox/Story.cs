using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Kubernetes;
using AlertRollback.Rollbacks;
using Spectre.Console;

namespace AlertRollback.Sandbox;

/// <summary>The demo: a good release, a bad one, the alert, and what the service makes of it.</summary>
internal sealed class Story(SandboxWorld world, ServiceUnderDemo service, IAnsiConsole console)
{
    private const string Good = "rental-api:v1";
    private const string Bad = "rental-api:v2-errors";
    private static readonly ObjectRef Rental = new(ResourceKind.Deployment, "production", "rental-api");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private int _writesBefore;
    private long _printed;

    /// <summary>Tells it and answers whether it ended as it should.</summary>
    public async Task<bool> TellAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var api = new KubernetesConnection(world.Cluster.KubeconfigPath).Connect(world.Clock, () => 0.5).Api!;
        Chapter("A good release runs");
        await DeployAsync(api, cancellation);
        await CompleteAsync(Good, cancellation);
        Say($"deployment/production/rental-api runs [green]{Good}[/], 3 of 3 pods are ready");
        await QuietlyAsync(() => service.Chronicle.Book.Workloads.Values.Any(w => !w.Good.IsEmpty), cancellation);
        Say("it has been healthy for 30 minutes of the sandbox's clock, and is remembered as [green]known good[/]");

        Chapter("A bad release follows");
        await ReleaseAsync(api, cancellation);
        await CompleteAsync(Bad, cancellation);
        Say($"somebody released [red]{Bad}[/]: it starts well, but every fifth answer is an error");
        await world.Clock.LeapAsync(TimeSpan.FromMinutes(2), cancellation);

        Chapter("The alert fires");
        _writesBefore = world.Cluster.Requests.Writes.Count;
        var startsAt = world.Clock.GetUtcNow();
        var answer = await http.PostAsJsonAsync(service.Webhook, Message("firing", startsAt, null), cancellation);
        Say($"Alertmanager posts RentalCriticalBand to the service, which answers [bold]{(int)answer.StatusCode}[/]");
        await UntilAsync(() => Rollback is { Phase: Phase.Stabilising } or { Closed: not null }, cancellation);

        Chapter("The alert resolves, and the service is watched for another 30 minutes");
        await http.PostAsJsonAsync(service.Webhook, Message("resolved", startsAt, world.Clock.GetUtcNow()), cancellation);
        await world.Clock.LeapAsync(TimeSpan.FromMinutes(1), cancellation);
        await QuietlyAsync(() => Rollback is { Closed: not null }, cancellation);
        await UntilAsync(() => service.Announcers.All(a => a.HasToldAll(service.Chronicle.Book)), cancellation);
        return Sum();
    }

    private RollbackState? Rollback => service.Chronicle.Book.Rollbacks.Values.SingleOrDefault();

    private static async Task DeployAsync(IKubernetesApi api, CancellationToken cancellation)
    {
        var @namespace = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "production" } };
        await api.CreateAsync(ResourceKind.Namespace, "", @namespace, new WriteOptions(), cancellation);
        var labels = new JsonObject { ["app"] = "rental-api" };
        await api.CreateAsync(ResourceKind.Deployment, "production", new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = "rental-api" },
            ["spec"] = new JsonObject
            {
                ["replicas"] = 3,
                ["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels },
                    ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "rental-api", ["image"] = Good }) },
                },
            },
        }, new WriteOptions(), cancellation);
    }

    private static Task ReleaseAsync(IKubernetesApi api, CancellationToken cancellation) => api.JsonPatchAsync(
        Rental, [new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers/0/image", ["value"] = Bad }], new WriteOptions(), cancellation);

    private Task CompleteAsync(string image, CancellationToken cancellation) => UntilAsync(
        () => world.Images.Pods("production", "rental-api") is { Count: 3 } pods && pods.All(p => p.Ready && p.Image == image), cancellation);

    /// <summary>Lets the sandbox's clock run ahead until it is so, and prints what happens meanwhile.</summary>
    private async Task UntilAsync(Func<bool> reached, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!reached())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new TimeoutException("the demo did not come to its next chapter within two minutes");
            await world.Clock.LeapAsync(Pause, cancellation);
            PrintTimeline();
        }

        PrintTimeline();
    }

    private async Task QuietlyAsync(Func<bool> reached, CancellationToken cancellation)
    {
        world.Pace.IsQuiet = true;
        await UntilAsync(reached, cancellation);
        world.Pace.IsQuiet = false;
    }

    private void PrintTimeline()
    {
        foreach (var entry in Rollback?.Timeline.Where(t => t.Sequence > _printed) ?? [])
        {
            _printed = entry.Sequence;
            if (TimelineLine.For(entry) is { } line)
                console.MarkupLine($"  [grey]{entry.At.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}[/]  {line.EscapeMarkup()}");
        }
    }

    private JsonObject Message(string status, DateTimeOffset startsAt, DateTimeOffset? endsAt)
    {
        var alert = new JsonObject
        {
            ["status"] = status,
            ["labels"] = new JsonObject { ["alertname"] = "RentalCriticalBand", ["service"] = "rental-api", ["severity"] = "critical", ["team"] = "rental" },
            ["annotations"] = new JsonObject { ["summary"] = "rental-api: 20 % of all answers are errors" },
            ["startsAt"] = startsAt.ToString("O", CultureInfo.InvariantCulture),
            ["endsAt"] = endsAt?.ToString("O", CultureInfo.InvariantCulture) ?? "0001-01-01T00:00:00Z",
            ["generatorURL"] = $"{world.Prometheus.Address}graph",
        };
        return new JsonObject
        {
            ["version"] = "4",
            ["groupKey"] = "{}:{service=\"rental-api\"}",
            ["truncatedAlerts"] = 0,
            ["status"] = status,
            ["receiver"] = "alertrollback",
            ["externalURL"] = "http://alertmanager.sandbox",
            ["alerts"] = new JsonArray(alert),
        };
    }

    private bool Sum()
    {
        var rollback = Rollback!;
        var image = ClusterImages.ImageOf(world.Cluster.Peek(Rental)?.At("spec", "template", "spec"));
        var writes = world.Cluster.Requests.Writes.Skip(_writesBefore).Count(r => r.Path.Contains("/deployments/rental-api", StringComparison.Ordinal));
        var messages = world.People.Slack.Channels.SelectMany(c => c.Messages).ToList();
        var tasks = service.Chronicle.Book.Tasks.Count;
        var (posts, replies) = (messages.Count(m => m.ThreadTs is null), messages.Count(m => m.ThreadTs is not null));
        var incident = world.People.Statuspage.Incidents.SingleOrDefault();
        (string What, string Found, bool Good)[] facts =
        [
            ("the good release runs again", image ?? "nothing", image == Good),
            ("undone exactly once", $"{writes} write to the Deployment", writes == 1),
            ("proven and stable", rollback.Closed!.Outcome.Word(), rollback.Closed.Outcome == Outcome.RolledBack),
            ("people know", $"1 Slack message, edited in place, with {replies} replies, and 1 with {tasks} follow-up items", posts == 2),
            ("customers know", incident is null ? "no incident" : $"incident is {incident.Status}", incident?.Status == "resolved"),
        ];

        Chapter("Summary");
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "what should be", "what is");
        foreach (var (what, found, good) in facts)
            table.AddRow(good ? "[green]✓[/]" : "[red]✗[/]", what, found.EscapeMarkup());
        console.Write(table);
        Say($"rollback {rollback.Id}: {(rollback.ClosedAt!.Value - rollback.ProposedAt).TotalMinutes:0} minutes by the sandbox's clock");
        return facts.All(f => f.Good);
    }

    private void Chapter(string title)
    {
        console.WriteLine();
        console.MarkupLine($"[bold]{title.EscapeMarkup()}[/]");
    }

    private void Say(string markup) => console.MarkupLine($"  {markup}");
}
