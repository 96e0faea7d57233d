namespace AlertRollback.Yaml;

/// <summary>Reads the keys of one mapping. <see cref="Done"/> makes a fault of every key that nobody asked for.</summary>
/// <param name="what">How faults call the mapping: <c>row "low band"</c>.</param>
/// <param name="defaults">Asked for the keys that <paramref name="map"/> lacks.</param>
/// <param name="keys">The keys it may have; null: those that were asked for.</param>
public sealed class MapReader(YamlMap map, string what, FaultList faults, YamlMap? defaults = null, FileKeys? keys = null)
{
    private readonly SortedSet<string> _known = new(StringComparer.Ordinal);

    public Place Place => map.Place;

    public FaultList Faults => faults;

    public static MapReader? Of(YamlNode node, string what, FaultList faults, FileKeys? keys = null)
    {
        if (node is YamlMap map) return new MapReader(map, what, faults, keys: keys);
        faults.Add(node.Place, $"{what} must be a mapping, not {node.Form}", "write {} when nothing is meant");
        return null;
    }

    public bool Has(string key) => Find(key) is not null;

    public Place? PlaceOf(string key) => Find(key)?.Key.Place;

    /// <summary>The key's value, whatever it is; null when the key is absent.</summary>
    public YamlNode? Take(string key) => Take(key, KeyForm.Any);

    public YamlNode? Required(string key, string remedy)
    {
        if (Take(key) is { } value) return value;
        faults.Add(map.Place, $"{what} has no \"{key}\"", remedy);
        return null;
    }

    public Placed? Text(string key) => ToText(key, Take(key, KeyForm.Text));

    public Placed? RequiredText(string key, string remedy) => ToText(key, Required(key, remedy));

    public TimeSpan? Duration(string key) => Take(key, KeyForm.Duration) is { } value ? Scalars.Duration(value, Name(key), faults) : null;

    public bool? YesNo(string key) => Take(key, KeyForm.YesNo) is { } value ? Scalars.YesNo(value, Name(key), faults) : null;

    public long? Integer(string key, long least = 1, long most = int.MaxValue)
    {
        if (Take(key) is not { } value || Scalars.Integer(value, Name(key), faults) is not { } number) return null;
        if (number >= least && number <= most) return number;
        faults.Add(value.Place, $"{Name(key)} must be between {least} and {most}, not {number}", null);
        return null;
    }

    public IReadOnlyList<Placed> Texts(string key) => Take(key, KeyForm.Texts) is { } value ? Scalars.Texts(value, Name(key), faults) : [];

    public MapReader? Map(string key, FileKeys? inner = null) => Take(key, KeyForm.Mapping) is { } value ? Of(value, Name(key), faults, inner) : null;

    /// <summary>The entries of a mapping whose keys are names that the file chooses.</summary>
    public IReadOnlyList<YamlEntry> Names(string key)
    {
        if (Take(key, KeyForm.Names) is not { } value) return [];
        if (value is YamlMap names) return names.Entries;
        faults.Add(value.Place, $"{Name(key)} must be a mapping of names, not {value.Form}", "write {} when nothing is meant");
        return [];
    }

    public IReadOnlyList<YamlNode> List(string key)
    {
        if (Take(key, KeyForm.List) is not { } value) return [];
        if (value is YamlList list) return list.Items;
        faults.Add(value.Place, $"{Name(key)} must be a list, not {value.Form}", "begin each item with \"- \"");
        return [];
    }

    /// <summary>Call when every key was asked for.</summary>
    public void Done()
    {
        if (keys?.Keys.FirstOrDefault(k => !_known.Contains(k.Name)) is { } unread) throw new InvalidOperationException($"\"{keys.Title}\" declares the key \"{unread.Name}\", which is never read");
        foreach (var entry in map.Entries.Concat(defaults?.Entries ?? []).Where(e => !_known.Contains(e.Key.Text)))
            faults.Add(entry.Key.Place, $"{Shown.Quoted(entry.Key.Text)} is not a key of {what}", NearestName.Remedy(entry.Key.Text, _known, "keys"));
    }

    public string Name(string key) => $"\"{key}\" of {what}";

    private Placed? ToText(string key, YamlNode? value) =>
        value is not null && Scalars.Text(value, Name(key), faults) is { } text ? new Placed(text, value.Place) : null;

    private YamlNode? Take(string key, KeyForm form)
    {
        // What is declared is what the reference prints, so nothing else is read.
        if (keys is not null && keys.Find(key) is var declared && (declared is null || (form != KeyForm.Any && form != declared.Form)))
            throw new InvalidOperationException($"\"{keys.Title}\" does not declare the key \"{key}\" as {form}");
        _known.Add(key);
        return Find(key)?.Value;
    }

    private YamlEntry? Find(string key) => map.Find(key) ?? defaults?.Find(key);
}
