namespace AlertRollback.Yaml;

/// <summary>A value of a YAML file with its place. Only what a matrix needs: no anchors, tags or keys that are not text.</summary>
public abstract record YamlNode(Place Place)
{
    /// <summary>How a fault calls it.</summary>
    public abstract string Form { get; }
}

/// <param name="Plain">Written without quotes, so that <c>5</c> and <c>true</c> are a number and a yes.</param>
public sealed record YamlScalar(Place Place, string Text, bool Plain) : YamlNode(Place)
{
    /// <summary>Nothing is there but a comment: what was meant may have begun with <c>#</c>.</summary>
    public bool IsCommentedOut { get; init; }

    public bool IsNull => Plain && Text is "" or "~" or "null";

    public override string Form => IsNull ? "nothing" : Shown.Quoted(Text);
}

public sealed record YamlList(Place Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place)
{
    public override string Form => "a list";
}

public sealed record YamlMap(Place Place, IReadOnlyList<YamlEntry> Entries) : YamlNode(Place)
{
    public override string Form => "a mapping";

    public YamlEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key.Text == key);
}

public sealed record YamlEntry(Placed Key, YamlNode Value);
