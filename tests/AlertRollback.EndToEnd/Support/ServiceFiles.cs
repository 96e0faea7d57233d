namespace AlertRollback.EndToEnd.Support;

/// <summary>The operator's configuration, credentials, matrix and journal of one service, in a folder of their own.</summary>
internal sealed class ServiceFiles : IDisposable
{
    public const string WebhookToken = "e2e-webhook-token";
    public const string OperatorToken = "e2e-operator-token";

    private readonly TemporaryFolder folder = new();

    public ServiceFiles()
    {
        WebhookTokenFile = folder.Write("credentials/webhook", WebhookToken);
        folder.Write("credentials/operator", OperatorToken);
        folder.Write("credentials/slack", AlertRollback.Tests.Support.Stubs.SlackStub.Token);
        folder.Write("credentials/statuspage", AlertRollback.Tests.Support.Stubs.StatuspageStub.Key);
        folder.Write("credentials/rental-api-key", "e2e-rental-key");

        // A database that is always whole: these tests are about the cluster. RentalTests asks a real one.
        File.SetUnixFileMode(folder.Write("programs/psql", "#!/bin/sh\necho 0\n"), (UnixFileMode)0b111_101_101);
    }

    public Uri Url { get; } = new($"http://127.0.0.1:{FreePort.Next()}/");

    public string WebhookTokenFile { get; }

    public string Config => Path.Combine(folder.Path, "operator.yml");

    public string Journal => Path.Combine(folder.Path, "journal.db");

    /// <summary>Where all of it is.</summary>
    public string Folder => folder.Path;

    /// <summary>Writes one more file beside the others; returns its full path.</summary>
    public string Write(string name, string content) => folder.Write(name, content);

    public void WriteMatrix(string content) => folder.Write("matrix/matrix.yml", content);

    /// <param name="database">What the operator says of the database <c>rental</c>, in braces; null: one that nobody asks.</param>
    public void WriteOperator(
        ClusterNamespace space, PeopleStubs people, Uri application, string? kubeconfig = null, Uri? prometheus = null, Uri? alertmanager = null, string? database = null) =>
        folder.Write("operator.yml", $$"""
            listen: {{Url.GetLeftPart(UriPartial.Authority)}}
            matrix: matrix
            journal: journal.db
            credentials:
              webhook: [{name: alertmanager, bearer_file: credentials/webhook}]
              operators: [{name: on-call, bearer_file: credentials/operator}]
            safety: {soak: 2s}
            kubernetes: {kubeconfig: "{{kubeconfig ?? space.Kubeconfig}}"}
            {{Source("prometheus", prometheus)}}
            {{Source("alertmanager", alertmanager)}}
            slack: {token_file: credentials/slack, channel: "{{PeopleStubs.Channel}}", url: "{{people.Slack.Root}}"}
            statuspage: {page: {{AlertRollback.Tests.Support.Stubs.StatuspageStub.Page}}, token_file: credentials/statuspage, url: "{{people.Statuspage.Root}}"}
            teams:
              rental:
                namespaces: [{{space.Name}}]
                hosts: ["{{application.Authority}}"]
                channels: ["{{PeopleStubs.Channel}}"]
                owners: [kustomization/{{space.Name}}/rental]
                components: {Rental: {{PeopleStubs.Component}}}
                roles: {on-call: "@here", devops-lead: "@U0LEAD"}
                secrets:
                  rental-api-key: {file: credentials/rental-api-key, hosts: ["{{application.Authority}}"]}
                commands:
                  rental-health-check: {run: [/bin/true], read_only: true}
                  rental-core-tests: {run: [/bin/true], read_only: true}
                  deploy-rental-production: {run: [/bin/false]}
                  restart-rental-api: {run: [/bin/false]}
                databases:
                  rental: {{database ?? "{kind: postgresql, program: {folder: programs}, allow: [migrate]}"}}
                engines:
                  rental-vm: {address: "unix:///nonexistent/engine.sock", containers: [rental-api-prod]}
                repositories:
                  rental-manager-backend: {url: /nonexistent/rental.git, directory: clone}
                directories:
                  rentals-module: {path: /nonexistent/rental/module, archives: {rentals-module-pre-refactor: /nonexistent/module.tar.gz} }
            """);

    public void Dispose() => folder.Dispose();

    private static string Source(string name, Uri? url) => url is null ? "" : $$"""{{name}}: {url: "{{url}}"}""";
}
