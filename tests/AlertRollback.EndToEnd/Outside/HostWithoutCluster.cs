using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Stubs;

namespace AlertRollback.EndToEnd.Outside;

/// <summary>
/// A machine that runs a team's container on a real engine, with a real repository and a real directory of files, and the
/// service beside them. There is no cluster, and no credential for one.
/// </summary>
internal sealed class HostWithoutCluster : IAsyncDisposable
{
    public const string Container = "rental-api-prod";
    public const string Person = "ada";

    private static readonly IReadOnlyDictionary<string, string> NoCluster = new Dictionary<string, string>
    {
        ["KUBECONFIG"] = "",
        ["KUBERNETES_SERVICE_HOST"] = "",
        ["HOME"] = "/nonexistent",
    };

    private readonly Cleanup cleanup = new();
    private DateTimeOffset startsAt;

    public RealEngine Engine { get; private set; } = null!;

    public PeopleStubs People { get; private set; } = null!;

    public ServiceFiles Files { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    public int Port { get; } = RealEngine.FreePort();

    public string Remote => Path.Combine(Files.Folder, "remote.git");

    public string Desk => Path.Combine(Files.Folder, "desk");

    /// <summary>What is deployed from the repository, and served by the container where it is mounted.</summary>
    public string Site => Path.Combine(Files.Folder, "srv", "site");

    public static async Task<HostWithoutCluster> CreateAsync()
    {
        var host = new HostWithoutCluster();
        try
        {
            host.Engine = host.cleanup.Add(await RealEngine.StartAsync());
            host.People = host.cleanup.Add(new PeopleStubs());
            host.Files = host.cleanup.Add(new ServiceFiles());
            host.Files.Write($"credentials/{Person}", $"e2e-token-of-{Person}");
            host.Files.Write("srv/site/index.html", "bad");
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a person, or a pipeline, does it at the machine.</summary>
    public async Task RunContainerAsync(string image, params IEnumerable<string> more)
    {
        await Engine.PodmanAsync("rm", "--force", "--ignore", "--time", "0", Container);
        await Engine.PodmanAsync(["run", "--detach", "--name", Container, "--stop-signal", "KILL", "--env", $"PORT={Port}", "--env", "DATABASE_URL=postgres://rental:hunter2@db/rental", .. more, image]);
    }

    /// <summary>Makes the repository, with a good release and a bad one; returns the bad commit.</summary>
    public async Task<string> CommitTwoReleasesAsync()
    {
        await GitAsync(Files.Folder, "init", "--quiet", "--bare", "--initial-branch=main", Remote);
        await GitAsync(Files.Folder, "clone", "--quiet", Remote, Desk);
        foreach (var release in (string[])["good", "bad"])
        {
            await File.WriteAllTextAsync(Path.Combine(Desk, "index.html"), release, TestContext.Current.CancellationToken);
            await GitAsync(Desk, "add", "--all");
            await GitAsync(Desk, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", "commit", "--quiet", "-m", $"release: {release}");
        }

        await GitAsync(Desk, "push", "--quiet", "origin", "HEAD:main");
        return (await GitAsync(Desk, "rev-parse", "HEAD")).Trim();
    }

    public static Task<string> GitAsync(string at, params IEnumerable<string> arguments) => Tool.RunAsync("git", ["-C", at, .. arguments]);

    /// <summary>Starts the service, which has to come up without any cluster.</summary>
    public async Task ServeAsync()
    {
        Files.WriteMatrix(Matrix());
        Files.Write("operator.yml", Operator());
        Service = cleanup.Add(new ServiceProcess(Files));
        await Service.StartAsync(NoCluster);
    }

    public Task EventAsync(string type, string text) => Eventually.BeAsync($"{type} of {text}", TimeSpan.FromSeconds(40), () =>
        JournalFile.Events(Files.Journal).Any(e => e.Type == type && e.Data.Contains(text, StringComparison.Ordinal)));

    /// <summary>An alert that began a while after everything was deployed: of two times closer than 30 s the order is not known (S9).</summary>
    public async Task AlertAsync()
    {
        startsAt = FiredAlert.BySomethingReleasedNow;
        (await Service.PostAsync(FiredAlert.Message(startsAt))).Status.ShouldBe(200);
    }

    /// <summary>The message that it has ended: only then customers are told that it is over.</summary>
    public async Task ResolveAsync() => (await Service.PostAsync(FiredAlert.Message(startsAt, endsAt: startsAt + TimeSpan.FromSeconds(1)))).Status.ShouldBe(200);

    public async Task<string> StartAsync(string method)
    {
        var (status, text) = await Service.PostAsAsync($"e2e-token-of-{Person}", "rollbacks", new JsonObject
        {
            ["playbook"] = "undo",
            ["services"] = new JsonArray("rental-api"),
            ["reason"] = "tried by a test",
            ["method"] = method,
            ["key"] = method,
        });
        status.ShouldBe(200, text);
        return (string)JsonNode.Parse(text)!["ids"]![0]!;
    }

    public async Task<JsonNode> ClosedAsync(string outcome = "rolled_back")
    {
        var detail = await Service.DetailAsync(await Service.ClosedAsync(TimeSpan.FromMinutes(2)));
        ((string?)detail["rollback"]!["outcome"]).ShouldBe(outcome, detail.ToJsonString());
        return detail;
    }

    public async Task<string> ServedAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/"), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => cleanup.DisposeAsync();

    private string Matrix() => $$"""
        team: rental
        services:
          rental-api:
            container: {name: {{Container}}, host: rental-vm}
            url: http://127.0.0.1:{{Port}}
            slack: "{{PeopleStubs.Channel}}"
            statuspage: {component: Rental}
        severities: {critical: {} }
        rows:
          - {name: critical, matchers: ['severity="critical"'], playbook: undo}
        playbooks:
          undo:
            manual: {role: on-call}
            guards: {deployed_within: 4h}
            before: [capture: {logs: 1h}]
            methods:
              - {name: kubernetes, within: 60s, steps: [rollout_undo: {to: last_known_good}]}
              - {name: docker, within: 60s, steps: [container: {image: last_known_good, runs_for: 1s}]}
              - {name: git, within: 60s, steps: [git_revert: {repository: rental-manager, commit: deployed, by: merge}, command: deploy]}
              - {name: files, within: 60s, steps: [files: {directory: site, archive: good}, command: restart]}
            verify: [healthy]
            on_failure: [page: devops-lead]
            stabilise: 8s
        checks:
          healthy:
            within: 3s
            every: 1s
            all:
              - container_running
              - http: {get: /, body: {contains: good} }
        """;

    private string Operator() => $$"""
        listen: {{Files.Url.GetLeftPart(UriPartial.Authority)}}
        matrix: matrix
        journal: journal.db
        credentials:
          webhook: [{name: alertmanager, bearer_file: credentials/webhook}]
          operators:
            - {name: on-call, bearer_file: credentials/operator}
            - {name: {{Person}}, bearer_file: credentials/{{Person}}}
        safety: {soak: 2s}
        slack: {token_file: credentials/slack, channel: "{{PeopleStubs.Channel}}", url: "{{People.Slack.Root}}"}
        statuspage: {page: {{StatuspageStub.Page}}, token_file: credentials/statuspage, url: "{{People.Statuspage.Root}}"}
        teams:
          rental:
            hosts: ["127.0.0.1:{{Port.ToString(CultureInfo.InvariantCulture)}}"]
            channels: ["{{PeopleStubs.Channel}}"]
            components: {Rental: {{PeopleStubs.Component}}}
            roles: {on-call: "@here", devops-lead: "@U0LEAD"}
            people: {on-call: [{{Person}}]}
            engines:
              rental-vm: {address: "{{Engine.Address}}", containers: [{{Container}}]}
            repositories:
              rental-manager: {url: "{{Remote}}", directory: clones/rental-manager, branches: [main]}
            directories:
              site: {path: srv/site, archives: {good: backups/site.tar.gz} }
            commands:
              deploy: {run: [/bin/sh, "{{Files.Write("deploy.sh", $"git --git-dir={Remote} show main:index.html > {Site}/index.html")}}"], environment: {HOME: /tmp} }
              restart: {run: [{{string.Join(", ", Engine.Line("restart", "--time", "0", Container).Select(a => $"\"{a}\""))}}], environment: {CONTAINERS_CONF: "{{Engine.Settings}}"} }
        """;
}
