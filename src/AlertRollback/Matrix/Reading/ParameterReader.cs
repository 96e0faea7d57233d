using System.Text.Json.Nodes;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads the parameters of one step or check by what its action or check declares.</summary>
internal sealed class ParameterReader(string word, string what, IReadOnlyList<Parameter> declared, FaultList faults)
{
    private readonly JsonObject _json = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <param name="value">A mapping of parameters, the main parameter's value alone, or null for none.</param>
    public ParameterValues Read(Place place, YamlNode? value)
    {
        switch (value)
        {
            case null or YamlScalar { IsNull: true }:
                break;
            case YamlMap map:
                ReadMap(map);
                break;
            case var alone when declared.FirstOrDefault(p => p.Main) is { } main:
                ReadOne(main, alone);
                break;
            default:
                faults.Add(value.Place, $"{what} needs its parameters by name, not {value.Form}", $"write {word}: {{{string.Join(", ", declared.Select(p => $"{p.Name}: …"))}}}");
                return Result();
        }

        foreach (var missing in declared.Where(p => p.Required && !_places.ContainsKey(p.Name)))
            faults.Add(place, $"{what} has no \"{missing.Name}\"", missing.Example is null ? missing.Summary.TrimEnd('.') : $"write {missing.Name}: {missing.Example}");
        return Result();
    }

    // Through text, so that numbers convert as they do once the journal has kept them.
    private ParameterValues Result() => new(JsonNode.Parse(_json.ToJsonString())!.AsObject(), _places);

    private void ReadMap(YamlMap map)
    {
        foreach (var (key, value) in map.Entries)
        {
            if (declared.FirstOrDefault(p => p.Name == key.Text) is { } parameter) ReadOne(parameter, value);
            else faults.Add(key.Place, $"{Shown.Quoted(key.Text)} is not a key of {what}", NearestName.Remedy(key.Text, declared.Select(p => p.Name), "keys"));
        }
    }

    private void ReadOne(Parameter parameter, YamlNode value)
    {
        _places[parameter.Name] = value.Place;
        var name = $"\"{parameter.Name}\" of {what}";
        _json[parameter.Name] = parameter.Type switch
        {
            ParameterType.Text => One(parameter, name, value),
            ParameterType.Number => Scalars.Number(value, name, faults) is { } number ? JsonValue.Create(number) : null,
            ParameterType.Integer => Scalars.Integer(value, name, faults) is { } number ? JsonValue.Create(number) : null,
            ParameterType.YesNo => Scalars.YesNo(value, name, faults) is { } yes ? JsonValue.Create(yes) : null,
            ParameterType.Duration => Scalars.Duration(value, name, faults) is not null ? JsonValue.Create(((YamlScalar)value).Text) : null,
            ParameterType.Texts => new JsonArray([.. Scalars.Texts(value, name, faults).Select(t => Checked(parameter, name, t))]),
            // A mapping may have a short form in words: `to: previous` beside `to: {revision: 7}`.
            ParameterType.Mapping when value is YamlScalar => One(parameter, name, value),
            ParameterType.Mapping => AnyReader.Read(value, name, faults),
            _ => throw new InvalidOperationException($"{word}: the parameter {parameter.Name} has an unknown type"),
        };
    }

    private JsonValue? One(Parameter parameter, string name, YamlNode value) =>
        Scalars.Text(value, name, faults) is { } text ? Checked(parameter, name, new Placed(text, value.Place)) : null;

    private JsonValue? Checked(Parameter parameter, string name, Placed text)
    {
        if (parameter.Allowed is { } allowed && !allowed.Contains(text.Text))
            faults.Add(text.Place, $"{name} must not be {Shown.Quoted(text.Text)}", NearestName.Remedy(text.Text, allowed, "allowed"));
        PlaceholderRule.Check(text, name, Placeholders.WhenRun, faults);
        return JsonValue.Create(text.Text);
    }
}
