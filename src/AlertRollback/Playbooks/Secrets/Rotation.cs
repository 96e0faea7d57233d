using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>What a new Secret is made of: generated values, granted ones, and the rest of the old one.</summary>
internal sealed record Rotation(
    SortedDictionary<string, GeneratedValue> Generated, SortedDictionary<string, string> Granted, IReadOnlyList<string> Dropped)
{
    /// <summary>Keys that get another value.</summary>
    public IEnumerable<string> Renewed => Generated.Keys.Concat(Granted.Keys).Order(StringComparer.Ordinal);

    public static Rotation Of(JsonObject parameters) => new(
        new SortedDictionary<string, GeneratedValue>((parameters["generate"] as JsonObject ?? []).ToDictionary(g => g.Key, g => GeneratedValue.Of(g.Value)!), StringComparer.Ordinal),
        new SortedDictionary<string, string>(TextValues.Of(parameters["values"]).ToDictionary(v => v.Key, v => v.Value), StringComparer.Ordinal),
        TextValues.List(parameters["drop"]));

    public static IEnumerable<string> Faults(JsonObject parameters)
    {
        var (generate, values) = (parameters["generate"] as JsonObject ?? [], parameters["values"] as JsonObject ?? []);
        if (generate.Count + values.Count == 0)
            yield return "it has neither \"generate\" nor \"values\": nothing would be rotated";
        foreach (var (key, written) in generate.Where(g => GeneratedValue.Of(g.Value) is null))
            yield return $"\"{key}\" under \"generate\" is one of {string.Join(", ", GeneratedValue.Forms)}, or like {{bytes: 32, as: base64}} with 16 to 1024 bytes";
        foreach (var fault in TextValues.Faults("values", parameters["values"]))
            yield return fault;
        var dropped = TextValues.List(parameters["drop"]);
        var all = generate.Select(g => g.Key).Concat(values.Select(v => v.Key)).Concat(dropped).ToList();
        foreach (var key in all.Where(k => !AcceptedNames.IsKey(k)))
            yield return $"\"{key}\" is not the name of {AcceptedNames.Key}";
        foreach (var key in all.GroupBy(k => k).Where(g => g.Count() > 1))
            yield return $"\"{key.Key}\" is given twice";
    }

    /// <summary>All values of the new Secret by key, or why they cannot be had. They are nowhere but in memory.</summary>
    public async Task<(IReadOnlyDictionary<string, byte[]>? Values, string? Trouble)> ValuesAsync(
        KubernetesObject old, ServiceDefinition service, GrantedValues granted, CancellationToken cancellation)
    {
        var values = DataOf(old).Where(d => !Dropped.Contains(d.Key)).ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal);
        foreach (var (key, generated) in Generated)
            values[key] = Encoding.UTF8.GetBytes(generated.Make());
        foreach (var (key, name) in Granted)
        {
            var (value, trouble) = await granted.ReadAsync(service, name, cancellation);
            if (value is null)
                return (null, trouble);
            values[key] = Encoding.UTF8.GetBytes(value);
        }

        return (values, null);
    }

    /// <summary>The granted value that is the old one: with it, nothing would be rotated. Null: there is none.</summary>
    public string? Unchanged(KubernetesObject old, IReadOnlyDictionary<string, byte[]> values) =>
        Granted.Keys.FirstOrDefault(k => DataOf(old).TryGetValue(k, out var before) && before.AsSpan().SequenceEqual(values[k]));

    public IReadOnlyList<string> Kept(KubernetesObject old) =>
        [.. DataOf(old).Keys.Except(Renewed).Except(Dropped).Order(StringComparer.Ordinal)];

    public string Text(KubernetesObject old)
    {
        var parts = Generated.Select(g => $"{g.Key} generated ({g.Value})").Concat(Granted.Select(g => $"{g.Key} from the granted secret {g.Value}"))
            .Concat(Dropped.Select(d => $"{d} left out")).ToList();
        return string.Join(", ", Kept(old) is { Count: > 0 } kept ? parts.Append($"{string.Join(", ", kept)} kept") : parts);
    }

    private static Dictionary<string, byte[]> DataOf(KubernetesObject secret) =>
        (secret.At("data") as JsonObject ?? []).ToDictionary(d => d.Key, d => Convert.FromBase64String(d.Value?.ToString() ?? ""), StringComparer.Ordinal);
}
