using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one entry under <c>services:</c>; what it does not say, <c>service_defaults</c> may.</summary>
internal sealed class ServiceReader(ICatalog catalog, YamlMap? defaults, CheckSetReader checkSets, FaultList faults)
{
    public static readonly FileKeys Keys = new("services: a service (also service_defaults)", "What the team runs. ${service} and ${namespace} are filled in. A key of the service stands for the default's whole.", [
        new("workload", KeyForm.Mapping, "What can be rolled back: one of deployment, statefulset, daemonset, rollout as namespace/name; cluster is the operator's name of another cluster.", Default: "nothing in Kubernetes", Example: "{deployment: production/rental-api}"),
        new("namespace", KeyForm.Text, "For a service without a workload, or to fill in ${namespace} there.", Default: "the workload's", Example: "production"),
        new("url", KeyForm.Text, "Base of its HTTP checks; no label can change the host.", Example: "https://api.example.com"),
        new("slack", KeyForm.Text, "Its channel, with its mark.", Default: "the operator's", Example: "\"#rental-ops\""),
        new("statuspage", KeyForm.Mapping, "Its component on the status page.", Default: "not published", Example: "{component: Rental, publish_after: 2m}"),
        new("email", KeyForm.Mapping, "Who gets mail. Nothing comes of it yet: no mail is sent, and check warns of it.", Example: "{to: [engineering], if_critical: [executives]}"),
        new("checks", KeyForm.Names, "Check sets of its own; they come before the team's of the same name.", Example: "{functional: [http: /health]}"),
    ]);

    public static readonly FileKeys StatuspageKeys = new("statuspage: of a service", "The component, and when an incident is worth telling the public.", [
        new("component", KeyForm.Text, "The component by the operator's name.", Example: "Rental", Required: true),
        new("publish_after", KeyForm.Duration, "Nothing is published when it is over sooner.", Default: "0s", Example: "2m"),
    ]);

    private readonly IReadOnlyList<Parameter> _settings = SettingsOf(catalog);

    private readonly FileKeys _keys = Keys.With(SettingsOf(catalog).Select(p => new FileKey(p.Name, KeyForm.Any, p.Summary)));

    /// <summary>The keys that actions and checks add, each once.</summary>
    public static IReadOnlyList<Parameter> SettingsOf(ICatalog catalog) =>
        [.. catalog.Actions.Values.SelectMany(a => a.ServiceParameters).Concat(catalog.Checks.Values.SelectMany(c => c.ServiceParameters))
            .DistinctBy(p => p.Name).OrderBy(p => p.Name, StringComparer.Ordinal)];

    public ServiceDraft Read(YamlEntry entry)
    {
        var what = $"service {Shown.Quoted(entry.Key.Text)}";
        if (entry.Value is not YamlMap own)
        {
            faults.Add(entry.Value.Place, $"{what} must be a mapping, not {entry.Value.Form}", "write {} when the defaults say it all");
            return new ServiceDraft(entry.Key, null, null, null, null, TimeSpan.Zero);
        }

        var map = new MapReader(own, what, faults, defaults, _keys);
        var filling = new Filling(entry.Key.Text, faults);
        var @namespace = filling.Fill(map.Text("namespace"), map.Name("namespace"));
        if (@namespace is not null) filling.Namespace(@namespace.Text);
        var workload = new WorkloadReader(filling, faults).Read(map, what);
        if (workload is not null) filling.Namespace(workload.Namespace);

        var page = map.Map("statuspage", StatuspageKeys);
        var settings = _settings.Where(p => map.Take(p.Name) is not null).Select(p => ReadSetting(p, map, filling, what)).ToList();
        var service = new ServiceDraft(
            entry.Key,
            workload,
            filling.Fill(map.Text("url"), map.Name("url")),
            filling.Fill(map.Text("slack"), map.Name("slack")),
            filling.Fill(page?.RequiredText("component", "name the component as the operator does"), $"\"component\" of {what}"),
            page?.Duration("publish_after") ?? TimeSpan.Zero)
        {
            Namespace = @namespace,
            Settings = new(settings.SelectMany(s => s.Json).Select(s => KeyValuePair.Create(s.Key, filling.Fill(s.Value)))),
            Names = [.. settings.SelectMany(s => s.Names).Select(n => n with { Name = filling.Known(n.Name) })],
            CheckSets = [.. map.Names("checks").Select(c => checkSets.Read(c, $" of {what}"))],
            Email = LaterReader.ReadEmail(map),
        };
        page?.Done();
        map.Done();
        return service;
    }

    private ParameterValues ReadSetting(Parameter parameter, MapReader map, Filling filling, string what) =>
        new ParameterReader(parameter.Name, what, new PlaceholderRule(filling.Names, []), faults).ReadAlone(parameter, map.Take(parameter.Name)!);
}
