using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Containers;

/// <summary>
/// What creates a container like another one from another image: its ports, environment, volumes, networks and limits. What
/// it only had from its old image's defaults is left to the new image's.
/// </summary>
internal static class ContainerCopy
{
    // The same in both: it was the image's, not the container's.
    private static readonly string[] Defaults = ["Cmd", "Entrypoint", "WorkingDir", "User", "Healthcheck", "StopSignal", "Shell", "OnBuild", "ArgsEscaped"];

    // Lists and maps of which single entries were the image's.
    private static readonly string[] Maps = ["Labels", "ExposedPorts", "Volumes"];

    /// <param name="ownImage">The image that <paramref name="original"/> was made from.</param>
    /// <param name="image">The id of the new one.</param>
    /// <param name="labels">Set besides its own.</param>
    public static JsonObject Of(ContainerState original, JsonObject ownImage, string image, IReadOnlyDictionary<string, string> labels)
    {
        var body = Config(original, ownImage["Config"] as JsonObject ?? []);
        body["Image"] = image;
        var all = body["Labels"] as JsonObject ?? [];
        foreach (var (name, value) in labels)
            all[name] = value;
        body["Labels"] = all;
        body["HostConfig"] = Host(original);
        if (FirstNetwork(original) is { } first)
            body["NetworkingConfig"] = new JsonObject { ["EndpointsConfig"] = new JsonObject { [first] = Endpoint(original, first) } };
        return body;
    }

    /// <summary>Networks that the copy has to be connected to once it is created: an old engine takes one only.</summary>
    public static IEnumerable<string> MoreNetworks(ContainerState original) => original.Networks.Keys.Where(n => n != FirstNetwork(original));

    /// <summary>What it asked of a network, without what the network gave it.</summary>
    public static JsonObject Endpoint(ContainerState original, string network)
    {
        var given = original.Networks.GetValueOrDefault(network);
        var aliases = (given?["Aliases"] as JsonArray ?? []).Select(a => a?.ToString()).OfType<string>().Where(a => !original.Id.StartsWith(a, StringComparison.Ordinal));
        return new JsonObject
        {
            ["Aliases"] = new JsonArray([.. aliases.Select(a => JsonValue.Create(a))]),
            ["IPAMConfig"] = given?["IPAMConfig"]?.DeepClone(),
            ["Links"] = given?["Links"]?.DeepClone(),
            ["DriverOpts"] = given?["DriverOpts"]?.DeepClone(),
        };
    }

    private static string? FirstNetwork(ContainerState original) =>
        original.Networks.ContainsKey(original.NetworkMode) ? original.NetworkMode : original.Networks.Keys.Order(StringComparer.Ordinal).FirstOrDefault();

    private static JsonObject Config(ContainerState original, JsonObject image)
    {
        var config = (original.Json["Config"] as JsonObject ?? []).DeepClone().AsObject();
        foreach (var name in Defaults.Where(n => JsonNode.DeepEquals(config[n], image[n])))
            config.Remove(name);
        var own = (image["Env"] as JsonArray ?? []).Select(e => e?.ToString()).ToHashSet(StringComparer.Ordinal);
        config["Env"] = new JsonArray([.. (config["Env"] as JsonArray ?? []).Where(e => !own.Contains(e?.ToString())).Select(e => e?.DeepClone())]);
        foreach (var name in Maps)
        {
            if (config[name] is JsonObject map && image[name] is JsonObject defaults)
                config[name] = new JsonObject(map.Where(e => !(defaults.TryGetPropertyValue(e.Key, out var same) && JsonNode.DeepEquals(same, e.Value))).Select(e => KeyValuePair.Create(e.Key, e.Value?.DeepClone())));
        }

        // Podman shows 0 where nothing was said; taken at its word, it would kill at once.
        if (config["StopTimeout"]?.ToString() == "0")
            config.Remove("StopTimeout");

        // The engine's own choice, which is made anew.
        if (config["Hostname"]?.ToString() is { Length: > 0 } host && (original.Id.StartsWith(host, StringComparison.Ordinal) || original.NetworkMode == "host"))
            config.Remove("Hostname");
        return config;
    }

    private static JsonObject Host(ContainerState original)
    {
        var host = (original.Json["HostConfig"] as JsonObject ?? []).DeepClone().AsObject();
        host.Remove("ContainerIDFile");

        // Podman names limits as it does not take them.
        foreach (var limit in (host["Ulimits"] as JsonArray ?? []).OfType<JsonObject>())
            limit["Name"] = (limit["Name"]?.ToString() ?? "").Replace("RLIMIT_", "", StringComparison.Ordinal).ToLowerInvariant();
        var binds = (host["Binds"] as JsonArray ?? []).Select(b => b?.DeepClone()).ToList();
        binds.AddRange(Unnamed(original, host).Select(b => (JsonNode?)JsonValue.Create(b)));
        if (binds.Count > 0)
            host["Binds"] = new JsonArray([.. binds]);
        return host;
    }

    // Volumes that came into being with the container: without their names the copy would get empty ones.
    private static IEnumerable<string> Unnamed(ContainerState original, JsonObject host)
    {
        var asked = (host["Binds"] as JsonArray ?? []).Select(b => b?.ToString().Split(':') is { Length: > 1 } parts ? parts[1] : "")
            .Concat((host["Mounts"] as JsonArray ?? []).Select(m => m?["Target"]?.ToString() ?? ""))
            .ToHashSet(StringComparer.Ordinal);
        return from mount in (original.Json["Mounts"] as JsonArray ?? []).OfType<JsonObject>()
               let place = mount["Destination"]?.ToString()
               where mount["Type"]?.ToString() == "volume" && place is not null && !asked.Contains(place)
               select $"{mount["Name"]}:{place}:{(mount["RW"]?.GetValue<bool>() == false ? "ro" : "rw")}";
    }
}
