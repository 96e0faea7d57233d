using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads the parameters of one step or check by what its action or check declares.</summary>
/// <param name="word">The action's or check's own word.</param>
/// <param name="what">How faults call it: <c>scale in playbook "undo"</c>.</param>
/// <param name="checks">Reads parameters that are checks; null where there are none.</param>
/// <param name="beside">Files beside the matrix file, by name; null where there are none.</param>
internal sealed class ParameterReader(
    string word, string what, PlaceholderRule placeholders, FaultList faults, CheckReader? checks = null, IReadOnlyDictionary<string, string>? beside = null)
{
    private readonly List<NamedGrant> _names = [];
    private readonly List<CheckDraft> _checks = [];

    /// <param name="value">A mapping of parameters, the main parameter's value alone, or null for none.</param>
    public ParameterValues Read(IReadOnlyList<Parameter> declared, Place place, YamlNode? value) =>
        Result(value is null or YamlScalar { IsNull: true } ? Completed([], declared, place, what) : ReadFields(declared, place, value, what));

    /// <summary>One parameter by itself, as services have them among their own keys.</summary>
    public ParameterValues ReadAlone(Parameter parameter, YamlNode value) => Result(new JsonObject { [parameter.Name] = ReadOne(parameter, value, what) });

    // Through text, so that numbers convert as they do once the journal has kept them.
    private ParameterValues Result(JsonObject json) => new(JsonNode.Parse(json.ToJsonString())!.AsObject(), _names, placeholders.Used) { Checks = _checks };

    private JsonObject ReadFields(IReadOnlyList<Parameter> declared, Place place, YamlNode value, string called)
    {
        var json = new JsonObject();
        var main = declared.FirstOrDefault(p => p.Main);
        if (value is YamlMap map && !(main is { Type: ParameterType.Checks } && map.Entries.All(e => declared.All(p => p.Name != e.Key.Text))))
        {
            ReadMap(declared, map, json, called);
        }
        else if (main is not null)
        {
            json[main.Name] = ReadOne(main, value, called);
        }
        else
        {
            faults.Add(value.Place, $"{called} needs its parameters by name, not {value.Form}", $"write {(called == what ? word : "it like")}: {{{string.Join(", ", declared.Select(p => $"{p.Name}: …"))}}}");
            return json;
        }

        return Completed(json, declared, place, called);
    }

    private void ReadMap(IReadOnlyList<Parameter> declared, YamlMap map, JsonObject json, string called)
    {
        foreach (var (key, value) in map.Entries)
        {
            if (declared.FirstOrDefault(p => p.Name == key.Text) is { } parameter) json[key.Text] = ReadOne(parameter, value, called);
            else faults.Add(key.Place, $"{Shown.Quoted(key.Text)} is not a key of {called}", NearestName.Remedy(key.Text, declared.Select(p => p.Name), "keys"));
        }
    }

    private JsonObject Completed(JsonObject json, IReadOnlyList<Parameter> declared, Place place, string called)
    {
        foreach (var missing in declared.Where(p => p.Required && !json.ContainsKey(p.Name)))
            faults.Add(place, $"{called} has no \"{missing.Name}\"", missing.Example is null ? missing.Summary.TrimEnd('.') : $"write {missing.Name}: {missing.Example}");
        return json;
    }

    private JsonNode? ReadOne(Parameter parameter, YamlNode value, string called)
    {
        var name = $"\"{parameter.Name}\" of {called}";
        return parameter.Type switch
        {
            ParameterType.Text => One(parameter, name, value),
            ParameterType.Number => Scalars.Number(value, name, faults) is { } number ? JsonValue.Create(number) : null,
            ParameterType.Integer => Scalars.Integer(value, name, faults) is { } number ? JsonValue.Create(number) : null,
            ParameterType.YesNo => Scalars.YesNo(value, name, faults) is { } yes ? JsonValue.Create(yes) : null,
            ParameterType.Duration => Scalars.Duration(value, name, faults) is not null ? JsonValue.Create(((YamlScalar)value).Text) : null,
            ParameterType.Texts => new JsonArray([.. Scalars.Texts(value, name, faults).Select(t => Checked(parameter, name, t))]),
            // A mapping may have a short form in words: `to: previous` beside `to: {revision: 7}`.
            ParameterType.Mapping when value is YamlScalar && (parameter.Fields.Count == 0 || parameter.Allowed is not null) => One(parameter, name, value),
            ParameterType.Mapping when parameter.Fields.Count > 0 => ReadFields(parameter.Fields, value.Place, value, name),
            ParameterType.Mapping or ParameterType.List => Any(parameter, name, value),
            ParameterType.Checks => Checks(name, value),
            ParameterType.Files => new JsonArray([.. Scalars.Texts(value, name, faults).Select(f => File(name, f)).OfType<JsonObject>()]),
            _ => throw new InvalidOperationException($"{word}: the parameter {parameter.Name} has an unknown type"),
        };
    }

    private JsonNode? Any(Parameter parameter, string name, YamlNode value)
    {
        if (parameter.Type == ParameterType.List && value is not YamlList)
        {
            faults.Add(value.Place, $"{name} must be a list, not {value.Form}", "begin each item with \"- \"");
            return null;
        }

        var any = new AnyReader(name, placeholders, faults);
        var json = any.Read(value);
        if (parameter.Grant != Grant.None) _names.AddRange(any.Texts.Select(t => new NamedGrant(parameter.Grant, t)));
        if (parameter.MayHoldSecrets) _names.AddRange(Secrets(value).Select(s => new NamedGrant(Grant.Secret, s)));
        return json;
    }

    private static IEnumerable<Placed> Secrets(YamlNode value) => ((value as YamlMap)?.Entries ?? [])
        .Select(e => (e.Value as YamlMap)?.Find("secret")?.Value).OfType<YamlScalar>().Select(s => new Placed(s.Text, s.Place));

    private JsonObject? File(string name, Placed file)
    {
        var text = BesideFiles.IsName(file.Text) ? beside?.GetValueOrDefault(file.Text) : null;
        if (text is null) faults.Add(file.Place, $"{name} names {Shown.Quoted(file.Text)}, but there is no such file beside the matrix file", "write its name, or its path below the matrix file's folder");
        return text is null ? null : new JsonObject { ["file"] = file.Text, ["text"] = text };
    }

    private JsonArray Checks(string name, YamlNode value)
    {
        var read = (checks ?? throw new InvalidOperationException($"{word}: a check has no checks of its own")).ReadInline(value, name, judging: false);
        foreach (var check in read)
        {
            _checks.Add(check);
            placeholders.Use(check.Parameters.Inputs);
        }

        return new JsonArray([.. read.Select(c => InlineChecks.Write(c.Definition))]);
    }

    private JsonValue? One(Parameter parameter, string name, YamlNode value) =>
        Scalars.Text(value, name, faults) is { } text ? Checked(parameter, name, new Placed(text, value.Place)) : null;

    private JsonValue Checked(Parameter parameter, string name, Placed text)
    {
        if (parameter.Allowed is { } allowed && !allowed.Contains(text.Text))
            faults.Add(text.Place, $"{name} must not be {Shown.Quoted(text.Text)}", NearestName.Remedy(text.Text, allowed, "allowed"));
        placeholders.Check(text, name, faults);
        if (parameter.Grant != Grant.None) _names.Add(new NamedGrant(parameter.Grant, text));
        return JsonValue.Create(text.Text);
    }
}
