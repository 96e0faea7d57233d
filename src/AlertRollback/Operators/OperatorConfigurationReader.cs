using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>The operator's configuration, or all faults that keep it from being used.</summary>
/// <param name="Configuration">Null exactly when there are faults.</param>
public sealed record OperatorOutcome(OperatorConfiguration? Configuration, IReadOnlyList<MatrixFault> Faults);

/// <summary>Reads <c>operator.yml</c>. Paths in it are relative to the file; secrets are named by file only.</summary>
public static class OperatorConfigurationReader
{
    public static OperatorOutcome Read(string path)
    {
        var faults = new FaultList();
        return TextFile.Read(path, faults) is { } content ? Read(path, content) : new OperatorOutcome(null, faults.Sorted());
    }

    internal static OperatorOutcome Read(string path, string content)
    {
        var faults = new FaultList();
        var configuration = YamlFile.Read(path, content, faults, "begin with \"matrix:\"") is { } root
            ? ReadRoot(new MapReader(root, "the operator's configuration", faults), new Paths(path))
            : null;
        return new OperatorOutcome(faults.Count == 0 ? configuration : null, faults.Sorted());
    }

    private static OperatorConfiguration ReadRoot(MapReader root, Paths paths)
    {
        var sections = new SectionReader(paths, root.Faults);
        var credentials = root.Map("credentials");
        var operators = sections.Credentials(credentials, "operators");
        var defaults = new OperatorConfiguration { Matrix = "", Journal = "" };
        var configuration = new OperatorConfiguration
        {
            Listen = root.Text("listen")?.Text ?? defaults.Listen,
            ExternalUrl = sections.Url(root, "external_url"),
            Matrix = paths.Full(root.RequiredText("matrix", "name the file or folder of the decision matrix")) ?? "",
            Journal = paths.Full(root.RequiredText("journal", "name the SQLite file, for example journal.db")) ?? "",
            Webhook = sections.Credentials(credentials, "webhook"),
            Operators = operators,
            Pipelines = sections.Credentials(credentials, "pipelines"),
            Scrapers = sections.Credentials(credentials, "scrapers"),
            Intake = sections.Intake(root.Map("intake")),
            Safety = SectionReader.Safety(root.Map("safety")),
            Kubernetes = sections.Kubernetes(root.Map("kubernetes")),
            Clusters = sections.Clusters(root.Names("clusters")),
            Prometheus = sections.Source(root.Map("prometheus")),
            Alertmanager = sections.Source(root.Map("alertmanager")),
            Slack = sections.Slack(root.Map("slack")),
            Statuspage = sections.Statuspage(root.Map("statuspage")),
            Shadow = root.YesNo("shadow") ?? false,
            Teams = new TeamGrantsReader(paths, [.. operators.Select(o => o.Name)], root.Faults).Read(root.Names("teams")),
        };
        credentials?.Done();
        root.Done();
        FailClosed(root, configuration);
        return configuration;
    }

    // Without credentials anybody who reaches the port could start a rollback, or forbid all.
    private static void FailClosed(MapReader root, OperatorConfiguration configuration)
    {
        var place = root.PlaceOf("listen") ?? root.Place;
        if (ListenAddress.FaultOf(configuration.Listen) is { } fault)
        {
            root.Faults.Add(place, fault.Message, fault.Remedy);
        }
        else if (!ListenAddress.IsLoopback(configuration.Listen) && (configuration.Webhook.Count == 0 || configuration.Operators.Count == 0))
        {
            var missing = configuration.Webhook.Count == 0 ? "webhook" : "operators";
            root.Faults.Add(place, $"listening on {configuration.Listen} without credentials for \"{missing}\"", "add them under credentials, or listen on http://127.0.0.1:8080");
        }
    }
}
