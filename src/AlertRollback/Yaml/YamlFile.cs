using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AlertRollback.Yaml;

/// <summary>
/// Reads one YAML document into nodes with places. Built from the parser's events instead of its node tree, which stops
/// at the first duplicate key and follows aliases and nesting without a limit.
/// </summary>
public sealed class YamlFile
{
    private const int Deepest = 32;

    private readonly string _file;
    private readonly string _content;
    private readonly FaultList _faults;
    private readonly Parser _parser;

    private YamlFile(string file, string content, FaultList faults)
    {
        (_file, _content, _faults) = (file, content, faults);
        _parser = new Parser(new StringReader(content));
    }

    /// <summary>The mapping the file consists of; null when it has none, which is a fault then.</summary>
    public static YamlMap? Read(string file, string content, FaultList faults, string emptyRemedy = "begin with \"team:\" or delete it")
    {
        if (ReadRoot(file, content, emptyRemedy, faults) is not { } root) return null;
        if (root is YamlMap map) return map;
        faults.Add(root.Place, $"the file must be a mapping of keys, not {root.Form}", "write \"key: value\" lines");
        return null;
    }

    /// <summary>The items of the list the file consists of; null when it has none, which is a fault then.</summary>
    public static IReadOnlyList<YamlNode>? ReadList(string file, string content, string emptyRemedy, FaultList faults)
    {
        if (ReadRoot(file, content, emptyRemedy, faults) is not { } root) return null;
        if (root is YamlList { Items.Count: > 0 } list) return list.Items;
        faults.Add(root.Place, root is YamlList ? "the file is empty" : $"the file must be a list, not {root.Form}", emptyRemedy);
        return null;
    }

    /// <summary>The values of all documents, empty ones left out; for files that are not a matrix.</summary>
    public static IReadOnlyList<YamlNode> ReadDocuments(string file, string content, FaultList faults)
    {
        var yaml = new YamlFile(file, content, faults);
        try
        {
            return yaml.ReadDocuments();
        }
        catch (Exception fault) when (IsOfParser(fault))
        {
            yaml.AddNotYaml(fault);
            return [];
        }
    }

    private List<YamlNode> ReadDocuments()
    {
        var found = new List<YamlNode>();
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            if (ReadNode(0) is var root and not YamlScalar { IsNull: true }) found.Add(root);
            _parser.Consume<DocumentEnd>();
        }

        return found;
    }

    private static YamlNode? ReadRoot(string file, string content, string emptyRemedy, FaultList faults)
    {
        var yaml = new YamlFile(file, content, faults);
        try
        {
            return yaml.ReadDocument(emptyRemedy);
        }
        catch (Exception fault) when (IsOfParser(fault))
        {
            // The parser blames the mapping around a tab, which may be the whole file.
            if (FirstTab(file, content) is { } tab) faults.Add(tab, "this line is indented with a tab", "indent with spaces");
            else yaml.AddNotYaml(fault);
            return null;
        }
    }

    // The parser has states it does not expect: an unfinished "{" before a line "key: value" is one.
    private static bool IsOfParser(Exception fault) => fault is YamlException or InvalidOperationException or ArgumentException or IndexOutOfRangeException;

    private void AddNotYaml(Exception fault)
    {
        if (fault is YamlException known)
            _faults.Add(PlaceOf(_file, known.Start), $"this is not YAML: {Shorten(known)}", YamlRemedy.Of(known, _content));
        else
            _faults.Add(_parser.Current is { } last ? At(last) : new Place(_file, 1, 1), "this is not YAML: it cannot be read from here on", YamlRemedy.OfUnclosed(_parser.Current?.Start, _content));
    }

    private YamlNode? ReadDocument(string emptyRemedy)
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _faults.Add(new Place(_file, 1, 1), "the file is empty", emptyRemedy);
            return null;
        }

        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _faults.Add(At(second), "a second document begins here", "one file is one document: remove the \"---\"");
        return root;
    }

    private YamlNode ReadNode(int depth)
    {
        var at = At(_parser.Current!);
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                _parser.MoveNext();
                _faults.Add(at, $"the alias \"*{Shown.Clean(alias.Value.Value)}\" is not supported", "write the value out, or use service_defaults or a named step");
                return new YamlScalar(at, "", false);
            case Scalar scalar:
                _parser.MoveNext();
                Refuse(scalar, at);
                return new YamlScalar(at, scalar.Value, scalar.Style == ScalarStyle.Plain) { IsCommentedOut = scalar.Value.Length == 0 && YamlRemedy.IsComment(_content, scalar.Start) };
            case NodeEvent when depth >= Deepest:
                _faults.Add(at, $"nested deeper than {Deepest} levels", "flatten it");
                _parser.SkipThisAndNestedEvents();
                return new YamlScalar(at, "", false);
            case SequenceStart list:
                Refuse(list, at);
                return ReadList(at, depth);
            case MappingStart map:
                Refuse(map, at);
                return ReadMap(at, depth);
            default:
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a value was expected");
        }
    }

    private YamlList ReadList(Place at, int depth)
    {
        var items = new List<YamlNode>();
        _parser.Consume<SequenceStart>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(depth + 1));
        return new YamlList(at, items);
    }

    private YamlMap ReadMap(Place at, int depth)
    {
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        _parser.Consume<MappingStart>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (key is not YamlScalar { IsNull: false } name)
                _faults.Add(key.Place, $"a key must be a name, not {key.Form}", "placeholders and texts with braces need quotes");
            else if (!seen.TryAdd(name.Text, name.Place))
                _faults.Add(name.Place, $"the key {Shown.Quoted(name.Text)} is here twice", $"it is already on line {seen[name.Text].Line}: remove one");
            else
                entries.Add(new YamlEntry(new Placed(name.Text, name.Place), value));
        }

        return new YamlMap(at, entries);
    }

    private void Refuse(NodeEvent node, Place at)
    {
        if (!node.Anchor.IsEmpty)
            _faults.Add(at, $"the anchor \"&{Shown.Clean(node.Anchor.Value)}\" is not supported", "use service_defaults or a named step");
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
            _faults.Add(at, $"the tag {Shown.Quoted(node.Tag.Value)} is not supported", "remove it");
    }

    private Place At(ParsingEvent parsed) => PlaceOf(_file, parsed.Start);

    private static Place? FirstTab(string file, string content)
    {
        var lines = content.Split('\n');
        for (var line = 0; line < lines.Length; line++)
        {
            var indent = lines[line].Length - lines[line].TrimStart(' ', '\t').Length;
            if (lines[line].IndexOf('\t', 0, indent) is >= 0 and var column) return new Place(file, line + 1, column + 1);
        }

        return null;
    }

    private static Place PlaceOf(string file, Mark mark) => new(file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));

    private static string Shorten(YamlException fault)
    {
        var text = Shown.Sentence(fault.Message.TrimEnd('.'));
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
