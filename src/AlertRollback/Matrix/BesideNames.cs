using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>
/// The files that matrix files refer to by <see cref="BesideFiles.Key"/>. A file that is looked at again and again is read as YAML
/// only when it has changed: the tree takes many times the memory of its text.
/// </summary>
internal sealed class BesideNames
{
    private readonly Dictionary<string, (string Content, IReadOnlyList<Placed> Names)> _known = new(StringComparer.Ordinal);

    public IReadOnlyList<Placed> Of(MatrixFile file)
    {
        if (_known.TryGetValue(file.Path, out var known) && known.Content == file.Content)
            return known.Names;

        // Its own faults are found when it is read as a matrix.
        IReadOnlyList<Placed> names = YamlFile.Read(file.Path, file.Content, new FaultList()) is { } root ? [.. Named(root)] : [];
        _known[file.Path] = (file.Content, names);
        return names;
    }

    private static IEnumerable<Placed> Named(YamlNode node) => node switch
    {
        YamlMap map => map.Entries.SelectMany(e => e.Key.Text == BesideFiles.Key ? Texts(e.Value) : Named(e.Value)),
        YamlList list => list.Items.SelectMany(Named),
        _ => [],
    };

    private static IEnumerable<Placed> Texts(YamlNode value) => value switch
    {
        YamlScalar { IsNull: false } scalar => [new Placed(scalar.Text, scalar.Place)],
        YamlList list => list.Items.SelectMany(Texts),
        _ => [],
    };
}
