using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Reads what the operator grants each team, by name (S15).</summary>
/// <param name="operators">Whose credentials there are; empty: the service listens to its own machine only, and nobody has a name.</param>
internal sealed class TeamGrantsReader(Paths paths, IReadOnlyList<string> operators, FaultList faults)
{
    private readonly OutsideGrantsReader _outside = new(paths, faults);
    private readonly DatabaseGrantsReader _databases = new(paths, faults);

    public IReadOnlyDictionary<string, TeamGrants> Read(IReadOnlyList<YamlEntry> teams) =>
        teams
            .Select(t => (t.Key, Map: MapReader.Of(t.Value, $"team {Shown.Quoted(t.Key.Text)}", faults)))
            .Where(t => t.Map is not null)
            .ToDictionary(t => t.Key.Text, t => ReadTeam(t.Map!), StringComparer.Ordinal);

    private TeamGrants ReadTeam(MapReader map)
    {
        var grants = new TeamGrants
        {
            Namespaces = Names(map, "namespaces"),
            Hosts = Hosts(map),
            Channels = Names(map, "channels"),
            Components = Pairs(map, "components"),
            Roles = Pairs(map, "roles"),
            People = map.Names("people").ToDictionary(p => p.Key.Text, ReadPeople, StringComparer.Ordinal),
            Secrets = map.Names("secrets")
                .Select(s => (s.Key, Secret: ReadSecret(s)))
                .Where(s => s.Secret is not null)
                .ToDictionary(s => s.Key.Text, s => s.Secret!, StringComparer.Ordinal),
            Commands = _outside.Commands(map),
            Repositories = _outside.Repositories(map),
            Engines = _outside.Engines(map),
            Directories = _outside.Directories(map),
            Kinds = Names(map, "kinds"),
            Owners = Names(map, "owners"),
            Databases = _databases.Read(map),
            Shadow = map.YesNo("shadow") ?? false,
        };
        map.Done();
        return grants;
    }

    // `on-call: [alice, bob]`, or `on-call: {names: [alice], namespaces: [staging]}`.
    private GrantedPeople ReadPeople(YamlEntry entry)
    {
        var what = $"the people of {Shown.Quoted(entry.Key.Text)}";
        if (entry.Value is not YamlMap)
            return new GrantedPeople(Known(Scalars.Texts(entry.Value, what, faults), what), []);
        var map = MapReader.Of(entry.Value, what, faults)!;
        map.Required("names", "name credentials under credentials.operators");
        var people = new GrantedPeople(Known(map.Texts("names"), what), Names(map, "namespaces"));
        map.Done();
        return people;
    }

    // Nobody could answer for a name without a credential, and where silence is a yes nobody could say no.
    private List<string> Known(IReadOnlyList<Placed> names, string what)
    {
        foreach (var name in names.Where(n => operators.Count > 0 && !operators.Contains(n.Text)))
            faults.Add(name.Place, $"{what} include {Shown.Quoted(name.Text)}, who has no credential under credentials.operators", NearestName.Remedy(name.Text, operators, "operators"));
        return [.. names.Select(n => n.Text)];
    }

    private GrantedSecret? ReadSecret(YamlEntry entry)
    {
        if (MapReader.Of(entry.Value, $"secret {Shown.Quoted(entry.Key.Text)}", faults) is not { } map) return null;
        var file = paths.Full(map.RequiredText("file", "name the file with the secret"));
        if (!map.Has("namespaces")) map.Required("hosts", "name the only hosts it may be sent to, or the only namespaces it may be put into");
        var secret = new GrantedSecret(file ?? "", Hosts(map)) { Namespaces = Names(map, "namespaces") };
        map.Done();
        return secret;
    }

    private List<string> Hosts(MapReader map)
    {
        foreach (var host in map.Texts("hosts").Where(h => !IsHost(h.Text)))
            faults.Add(host.Place, $"{map.Name("hosts")} has {Shown.Quoted(host.Text)}, which is no host", "write it like api.example.com or api:8080, without a scheme");
        return Names(map, "hosts");
    }

    // A scheme without a port of its own, so that a written port stays in the authority.
    private static bool IsHost(string host) =>
        Uri.TryCreate($"host://{host}", UriKind.Absolute, out var address)
        && address is { UserInfo: "", Query: "", Fragment: "", AbsolutePath: "" or "/", Host.Length: > 0 }
        && string.Equals(address.Authority, host, StringComparison.OrdinalIgnoreCase);

    private static List<string> Names(MapReader map, string key) => [.. map.Texts(key).Select(t => t.Text)];

    private Dictionary<string, string> Pairs(MapReader map, string key) =>
        map.Names(key)
            .Select(e => (e.Key, Text: Scalars.Text(e.Value, $"{Shown.Quoted(e.Key.Text)} in {map.Name(key)}", faults)))
            .Where(e => e.Text is not null)
            .ToDictionary(e => e.Key.Text, e => e.Text!, StringComparer.Ordinal);
}
