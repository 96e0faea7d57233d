using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads steps: <c>- action: {…}</c>, <c>- action: value</c>, <c>- action</c>, or the name of a step under <c>steps:</c>.</summary>
internal sealed class StepReader(Catalog catalog, FaultList faults)
{
    private readonly Dictionary<string, StepDraft?> _named = new(StringComparer.Ordinal);

    public void ReadNamed(IReadOnlyList<YamlEntry> entries)
    {
        foreach (var (name, value) in entries)
        {
            if (catalog.Actions.ContainsKey(name.Text))
                faults.Add(name.Place, $"the step {Shown.Quoted(name.Text)} has the name of an action", "give it a name of its own");
            _named[name.Text] = ReadStep(value, $"step {Shown.Quoted(name.Text)}", useNames: false);
        }
    }

    public IReadOnlyList<StepDraft> ReadList(IReadOnlyList<YamlNode> items, string what) =>
        [.. items.Select(i => ReadStep(i, what, useNames: true)).OfType<StepDraft>()];

    private StepDraft? ReadStep(YamlNode node, string what, bool useNames)
    {
        if (NameOf(node) is not { } name)
        {
            faults.Add(node.Place, $"a step of {what} must be one action, not {node.Form}", "write \"- action: {parameter: value}\", or the name of a step");
            return null;
        }

        var value = (node as YamlMap)?.Entries[0].Value;
        if (catalog.Actions.TryGetValue(name.Text, out var action)) return ReadAction(action, name.Place, value, what);
        if (useNames && value is null && _named.TryGetValue(name.Text, out var named)) return named;
        faults.Add(
            name.Place,
            $"{what} has a step {Shown.Quoted(name.Text)}, but no action has that name{(useNames ? " and no step under \"steps:\"" : "")}",
            NearestName.Remedy(name.Text, useNames ? catalog.Actions.Keys.Concat(_named.Keys) : catalog.Actions.Keys, useNames ? "actions and steps" : "actions"));
        return null;
    }

    private StepDraft ReadAction(IAction action, Place place, YamlNode? value, string what)
    {
        var before = faults.Count;
        var called = $"{action.Name} in {what}";
        var parameters = new ParameterReader(action.Name, called, action.Parameters, faults).Read(place, value);
        // The action may rely on what the declared form promises, so it is asked only when that holds.
        if (faults.Count == before)
        {
            foreach (var fault in action.Validate(parameters.Json))
                faults.Add(place, $"{called}: {fault.TrimEnd('.')}", null);
        }

        return new StepDraft(place, action, parameters);
    }

    internal static Placed? NameOf(YamlNode node) => node switch
    {
        YamlScalar { IsNull: false } scalar => new Placed(scalar.Text, scalar.Place),
        YamlMap { Entries: [var only] } => only.Key,
        _ => null,
    };
}
