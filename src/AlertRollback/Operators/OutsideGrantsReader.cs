using System.Text.RegularExpressions;
using AlertRollback.Alerts.Matching.Re2;
using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Reads what a team may do outside Kubernetes: commands, repositories, container engines, directories.</summary>
internal sealed partial class OutsideGrantsReader(Paths paths, FaultList faults)
{
    public IReadOnlyDictionary<string, GrantedCommand> Commands(MapReader team) => Read(team, "commands", "command", ReadCommand);

    public IReadOnlyDictionary<string, GrantedRepository> Repositories(MapReader team) => Read(team, "repositories", "repository", ReadRepository);

    public IReadOnlyDictionary<string, GrantedEngine> Engines(MapReader team) => Read(team, "engines", "engine", ReadEngine);

    public IReadOnlyDictionary<string, GrantedDirectory> Directories(MapReader team) => Read(team, "directories", "directory", ReadDirectory);

    private Dictionary<string, T> Read<T>(MapReader team, string key, string what, Func<MapReader, T> read)
    {
        var found = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var entry in team.Names(key))
        {
            if (MapReader.Of(entry.Value, $"{what} {Shown.Quoted(entry.Key.Text)}", faults) is not { } map) continue;
            found[entry.Key.Text] = read(map);
            map.Done();
        }

        return found;
    }

    private GrantedCommand ReadCommand(MapReader map)
    {
        map.Required("run", "write the program and its arguments as a list: run: [/usr/local/bin/deploy, --env, production]");
        var (run, readBack) = (map.Texts("run"), map.Texts("read_back"));
        var (once, converges) = (map.YesNo("once"), map.YesNo("converges"));
        if (once is not null && once == converges)
            faults.Add(map.PlaceOf("converges") ?? map.Place, $"{map.Name("once")} and \"converges\" exclude each other", "leave one of them out; default: once");
        var inputs = Inputs(map);
        foreach (var part in run.Concat(readBack)) CheckInputs(part, map, inputs);
        return new GrantedCommand([.. run.Select(r => r.Text)])
        {
            Timeout = map.Duration("timeout") ?? GrantedCommand.DefaultTimeout,
            Directory = paths.Full(map.Text("directory")),
            Environment = Environment(map),
            ReadBack = [.. readBack.Select(r => r.Text)],
            Converges = converges ?? once is false,
            ReadOnly = map.YesNo("read_only") ?? false,
            Inputs = inputs,
        };
    }

    private Dictionary<string, string> Inputs(MapReader map)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Names("inputs"))
        {
            if (Scalars.Text(value, $"{Shown.Quoted(name.Text)} in {map.Name("inputs")}", faults) is not { } pattern) continue;
            if (!InputName().IsMatch(name.Text))
                faults.Add(name.Place, $"{map.Name("inputs")} has the name {Shown.Quoted(name.Text)}", "use lower-case letters and _");
            if (!Re2Regex.TryCompile(pattern, out _, out var fault))
                faults.Add(value.Place, $"{Shown.Quoted(name.Text)} in {map.Name("inputs")} is no expression: {fault}", "write for example 'v[0-9]+\\.[0-9]+'");
            inputs[name.Text] = pattern;
        }

        return inputs;
    }

    private void CheckInputs(Placed part, MapReader map, Dictionary<string, string> inputs)
    {
        if (Placeholders.FirstUnknown(part.Text, [.. inputs.Keys]) is { } unknown)
            faults.Add(part.Place, $"{map.Name("run")} contains {Shown.Quoted(unknown)}, which nothing fills in", "declare it under inputs, with the expression it has to match");
    }

    private Dictionary<string, GrantedVariable> Environment(MapReader map)
    {
        var variables = new Dictionary<string, GrantedVariable>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Names("environment"))
        {
            if (value is YamlMap)
            {
                var file = MapReader.Of(value, $"{Shown.Quoted(name.Text)} in {map.Name("environment")}", faults)!;
                variables[name.Text] = new GrantedVariable(null, paths.Full(file.RequiredText("file", "name the file with the value")));
                file.Done();
            }
            else if (Scalars.Text(value, $"{Shown.Quoted(name.Text)} in {map.Name("environment")}", faults) is { } text)
            {
                variables[name.Text] = new GrantedVariable(text, null);
            }
        }

        return variables;
    }

    private GrantedRepository ReadRepository(MapReader map)
    {
        var url = map.RequiredText("url", "write what git clones: https://github.com/example/rental.git");
        if (url is not null && url.Text.StartsWith('-'))
            faults.Add(url.Place, $"{map.Name("url")} must not begin with a dash", null);
        var branches = map.Texts("branches");
        foreach (var branch in branches.Where(b => !BranchName().IsMatch(b.Text)))
            faults.Add(branch.Place, $"{map.Name("branches")} has {Shown.Quoted(branch.Text)}, which is no branch", "write it like main or release/2.4");
        var api = map.Text("api");
        if (api is not null && !(Uri.TryCreate(api.Text, UriKind.Absolute, out var address) && address is { Scheme: "https" or "http", UserInfo: "" }))
            faults.Add(api.Place, $"{map.Name("api")} must be an http or https address without a user", "write it like https://api.github.com/repos/example/rental");
        var granted = new GrantedRepository(
            url?.Text ?? "",
            paths.Full(map.RequiredText("directory", "name the folder for this service's own clone")) ?? "",
            branches.Count == 0 ? ["main"] : [.. branches.Select(b => b.Text)])
        {
            Timeout = map.Duration("timeout") ?? GrantedRepository.DefaultTimeout,
            TokenFile = paths.Full(map.Text("token_file")),
            Api = api?.Text,
            BypassAllowed = map.YesNo("bypass_allowed") ?? false,
            Environment = Environment(map),
        };
        return granted with { User = map.Text("user")?.Text ?? granted.User, Author = Author(map) ?? granted.Author };
    }

    private string? Author(MapReader map)
    {
        if (map.Text("author") is not { } author) return null;
        if (!AuthorForm().IsMatch(author.Text))
            faults.Add(author.Place, $"{map.Name("author")} must be a name with an address", "write it like AlertRollback <rollback@example.com>");
        return author.Text;
    }

    private GrantedEngine ReadEngine(MapReader map)
    {
        var address = map.RequiredText("address", "write unix:///run/docker.sock or tcp://host:2376");
        map.Required("containers", "name the only containers the team may have replaced");
        var engine = new GrantedEngine(address?.Text ?? "", [.. map.Texts("containers").Select(c => c.Text)])
        {
            CaFile = paths.Full(map.Text("ca_file")),
            CertificateFile = paths.Full(map.Text("certificate_file")),
            KeyFile = paths.Full(map.Text("key_file")),
        };
        if (address is not null && FaultOf(engine) is { } fault)
            faults.Add(address.Place, $"{map.Name("address")} {fault.What}", fault.Remedy);
        return engine;
    }

    // Whoever reaches an engine's API owns its machine.
    private static (string What, string Remedy)? FaultOf(GrantedEngine engine)
    {
        if (!Uri.TryCreate(engine.Address, UriKind.Absolute, out var address) || address.Scheme is not ("unix" or "tcp")
            || (address.Scheme == "tcp" && (address.Port <= 0 || address.Host.Length == 0)))
        {
            return ("is no engine's address", "write unix:///run/docker.sock or tcp://host:2376");
        }

        return address.Scheme == "tcp" && !address.IsLoopback && (engine.CaFile ?? engine.CertificateFile ?? engine.KeyFile) is null
            ? ("goes over the network without TLS", "name ca_file, certificate_file and key_file")
            : address.Scheme == "tcp" && (engine.CertificateFile is null) != (engine.KeyFile is null)
                ? ("needs \"certificate_file\" and \"key_file\" together", "name both, or none")
                : null;
    }

    private GrantedDirectory ReadDirectory(MapReader map)
    {
        var path = map.RequiredText("path", "name the directory that may be replaced");
        map.Required("archives", "name at least one archive: archives: {pre-refactor: /backups/rentals.tar.gz}");
        var archives = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Names("archives"))
        {
            if (Scalars.Text(value, $"{Shown.Quoted(name.Text)} in {map.Name("archives")}", faults) is { } file)
                archives[name.Text] = paths.Full(new Placed(file, value.Place));
        }

        var full = Path.TrimEndingDirectorySeparator(paths.Full(path) ?? "");
        if (path is not null && Path.GetDirectoryName(full) is null or "/")
            faults.Add(path.Place, $"{map.Name("path")} is too near the root to be replaced", "name a directory of its own, at least two levels deep");
        return new GrantedDirectory(full, archives);
    }

    [GeneratedRegex(@"\A[a-z_]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex InputName();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex BranchName();

    [GeneratedRegex(@"\A[^<>\r\n]+ <[^<>\s]+>\z", RegexOptions.CultureInvariant)]
    private static partial Regex AuthorForm();
}
