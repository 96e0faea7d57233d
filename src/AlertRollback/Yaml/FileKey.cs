namespace AlertRollback.Yaml;

/// <summary>What a key's value looks like.</summary>
public enum KeyForm
{
    Text,
    Duration,
    YesNo,

    /// <summary>One text or a list of texts.</summary>
    Texts,

    /// <summary>A mapping with keys of its own.</summary>
    Mapping,

    /// <summary>A mapping of names that the file chooses.</summary>
    Names,
    List,

    /// <summary>Several forms; the summary says which.</summary>
    Any,
}

/// <summary>One key of a file, as its reader accepts it and the matrix reference prints it.</summary>
/// <param name="Summary">One sentence: meaning, unit.</param>
public sealed record FileKey(string Name, KeyForm Form, string Summary, string? Default = null, string? Example = null, bool Required = false);

/// <summary>All keys of one kind of mapping. A reader that is given them refuses every other, and cannot ask for one that is not among them.</summary>
/// <param name="Title">Where the mapping stands: <c>rows: an item</c>.</param>
public sealed record FileKeys(string Title, string Summary, IReadOnlyList<FileKey> Keys)
{
    public bool Has(string name) => Find(name) is not null;

    public FileKey? Find(string name) => Keys.FirstOrDefault(k => k.Name == name);

    public FileKeys With(IEnumerable<FileKey> more) => this with { Keys = [.. Keys, .. more] };
}
