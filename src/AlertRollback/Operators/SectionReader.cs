using AlertRollback.Alerts.Intake;
using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Reads the sections of the operator's configuration that are not about teams.</summary>
internal sealed class SectionReader(Paths paths, FaultList faults)
{
    public IReadOnlyList<Credential> Credentials(MapReader? credentials, string key) =>
        credentials is null ? [] : [.. credentials.List(key).Select(c => ReadCredential(c, $"a credential of \"{key}\"")).OfType<Credential>()];

    public IntakeLimits Intake(MapReader? map)
    {
        var limits = new IntakeLimits();
        if (map is null) return limits;
        limits = limits with
        {
            Body = Size(map, "body") ?? limits.Body,
            Depth = (int)(map.Integer("depth", 4, 256) ?? limits.Depth),
        };
        map.Done();
        return limits;
    }

    public static SafetyLimits Safety(MapReader? map)
    {
        var limits = new SafetyLimits();
        if (map is null) return limits;
        var breaker = map.Map("breaker");
        limits = limits with
        {
            AtOnce = (int)(map.Integer("at_once") ?? limits.AtOnce),
            BreakerTargets = (int)(breaker?.Integer("targets") ?? limits.BreakerTargets),
            BreakerWithin = Lasting(breaker, "within", limits.BreakerWithin),
            Soak = Lasting(map, "soak", limits.Soak),
            Quarantine = Lasting(map, "quarantine", limits.Quarantine),
            StaleAfter = Lasting(map, "stale_after", limits.StaleAfter),
            Evidence = map.Duration("evidence") ?? limits.Evidence,
        };
        breaker?.Done();
        map.Done();
        return limits;
    }

    // A protection of no length protects from nothing: the first healthy moment would be a soak, and no breaker would ever trip.
    private static TimeSpan Lasting(MapReader? map, string key, TimeSpan otherwise)
    {
        if (map?.Duration(key) is not { } duration) return otherwise;
        if (duration > TimeSpan.Zero) return duration;
        map.Faults.Add(map.Take(key)!.Place, $"{map.Name(key)} must be more than 0s", $"leave it out for {Durations.Format(otherwise)}");
        return otherwise;
    }

    public KubernetesSettings? Kubernetes(MapReader? map)
    {
        if (map is null) return null;
        var settings = new KubernetesSettings(paths.Full(map.Text("kubeconfig")), map.Text("context")?.Text);
        map.Done();
        return settings;
    }

    public IReadOnlyDictionary<string, KubernetesSettings> Clusters(IReadOnlyList<YamlEntry> clusters)
    {
        foreach (var entry in clusters.Where(c => c.Key.Text == OperatorConfiguration.DefaultCluster || c.Key.Text.Contains('/', StringComparison.Ordinal)))
        {
            faults.Add(entry.Key.Place, $"{Shown.Quoted(entry.Key.Text)} cannot be the name of a cluster",
                entry.Key.Text == OperatorConfiguration.DefaultCluster ? "the default cluster stands under kubernetes" : "give it a name without a slash");
        }

        return clusters
            .Select(c => (c.Key, Map: MapReader.Of(c.Value, $"cluster {Shown.Quoted(c.Key.Text)}", faults)))
            .Where(c => c.Map is not null)
            .ToDictionary(c => c.Key.Text, c => Kubernetes(c.Map)!, StringComparer.Ordinal);
    }

    public HttpSource? Source(MapReader? map)
    {
        if (map is null) return null;
        map.Required("url", "write its address");
        var source = new HttpSource(Url(map, "url") ?? "", paths.Full(map.Text("bearer_file")));
        map.Done();
        return source;
    }

    public SlackSettings? Slack(MapReader? map)
    {
        if (map is null) return null;
        var settings = new SlackSettings(paths.Full(map.Text("token_file")), paths.Full(map.Text("webhook_file")), map.Text("channel")?.Text);
        if ((settings.TokenFile is null) == (settings.WebhookFile is null))
            faults.Add(map.PlaceOf("webhook_file") ?? map.Place, "\"slack\" needs one of \"token_file\" and \"webhook_file\"", "a bot token edits its messages; an incoming webhook only adds texts");
        settings = settings with { Url = Url(map, "url") ?? settings.Url };
        map.Done();
        return settings;
    }

    public StatuspageSettings? Statuspage(MapReader? map)
    {
        if (map is null) return null;
        var settings = new StatuspageSettings(
            map.RequiredText("page", "write the page's id")?.Text ?? "",
            paths.Full(map.RequiredText("token_file", "name the file with the API token")) ?? "");
        settings = settings with { Url = Url(map, "url") ?? settings.Url };
        map.Done();
        return settings;
    }

    public string? Url(MapReader map, string key)
    {
        if (map.Text(key) is not { } text) return null;
        if (Uri.TryCreate(text.Text, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "" }) return text.Text;
        // Not shown: it may carry a password.
        faults.Add(text.Place, $"{map.Name(key)} must be an http or https address without a user", null);
        return null;
    }

    private Credential? ReadCredential(YamlNode node, string what)
    {
        if (MapReader.Of(node, what, faults) is not { } map) return null;
        var (name, user) = (map.RequiredText("name", "say who it is, for the timeline")?.Text ?? "", map.Text("user")?.Text);
        var (bearer, password) = (map.Text("bearer_file"), map.Text("password_file"));
        map.Done();
        if ((user is null) == (password is null) && (bearer is null) != (password is null))
            return new Credential(name, user, paths.Full((bearer ?? password)!));
        faults.Add(map.Place, $"{what} needs either \"bearer_file\", or \"user\" and \"password_file\"", "one credential is one secret");
        return null;
    }

    private long? Size(MapReader map, string key)
    {
        if (map.Text(key) is not { } text) return null;
        if (ByteSize.TryParse(text.Text, out var bytes) && bytes > 0) return bytes;
        faults.Add(text.Place, $"{map.Name(key)} must be a size, not {Shown.Quoted(text.Text)}", "write it like 16MiB or 512KiB");
        return null;
    }
}
