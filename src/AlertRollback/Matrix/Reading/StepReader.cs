using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads steps: <c>- action: {…}</c>, <c>- action: value</c>, <c>- action</c>, or the name of a step under <c>steps:</c>.</summary>
/// <param name="beside">Files that parameters may name.</param>
internal sealed class StepReader(ICatalog catalog, CheckReader checks, PlaceholderRule placeholders, FaultList faults, IReadOnlyDictionary<string, string> beside)
{
    public static readonly FileKeys Keys = new("a step: beside its action", "A step is one action, or the name of a step under \"steps\"; beside it may stand these.", [
        new("within", KeyForm.Duration, "Time for this step alone, never more than is left of the method's; over it, the step has failed measurably.", Default: "the method's", Example: "30s"),
        new("if", KeyForm.Any, "The step runs only when this passes: a check, a list of checks, or the name of a check set (the own one of the service it runs for, else the team's). A measured failure skips the step, \"cannot tell\" stops: under \"before\" only this step, under \"on_failure\" everything but calling people.", Example: "wrong_image"),
        new("unless", KeyForm.Any, "The step runs unless this passes.", Example: "[http: /health]"),
        new("services", KeyForm.Texts, "For which services it runs, side by side: all of the team that have a workload, or some by name.", Default: "the rollback's own", Example: "all"),
    ]);

    private const string All = "all";

    private readonly Dictionary<string, StepDraft?> _named = new(StringComparer.Ordinal);

    public void ReadNamed(IReadOnlyList<YamlEntry> entries)
    {
        foreach (var (name, value) in entries)
        {
            if (catalog.Actions.ContainsKey(name.Text) || Keys.Has(name.Text))
                faults.Add(name.Place, $"the step {Shown.Quoted(name.Text)} has the name of {(Keys.Has(name.Text) ? "a key of steps" : "an action")}", "give it a name of its own");
            _named[name.Text] = ReadStep(value, $"step {Shown.Quoted(name.Text)}", useNames: false) is { } step ? step with { Name = name.Text } : null;
        }
    }

    public IReadOnlyList<StepDraft> ReadList(IReadOnlyList<YamlNode> items, string what) =>
        [.. items.Select(i => ReadStep(i, what, useNames: true)).OfType<StepDraft>()];

    private StepDraft? ReadStep(YamlNode node, string what, bool useNames)
    {
        var (core, beside) = Split(node);
        if (NameOf(core) is not { } name)
        {
            faults.Add(node.Place, $"a step of {what} must be one action, not {node.Form}", "write \"- action: {parameter: value}\", or the name of a step");
            return null;
        }

        var value = (core as YamlMap)?.Entries[0].Value;
        StepDraft? step;
        if (catalog.Actions.TryGetValue(name.Text, out var action)) step = ReadAction(action, name.Place, value, what);
        else if (useNames && value is null or YamlScalar { IsNull: true } && _named.TryGetValue(name.Text, out var named)) step = named;
        else step = Unknown(name, what, useNames);
        return step is null || beside is null ? step : ReadBeside(step, beside, $"{name.Text} in {what}");
    }

    private StepDraft? Unknown(Placed name, string what, bool useNames)
    {
        faults.Add(
            name.Place,
            $"{what} has a step {Shown.Quoted(name.Text)}, but no action has that name{(useNames ? " and no step under \"steps:\"" : "")}",
            NearestName.Remedy(name.Text, useNames ? catalog.Actions.Keys.Concat(_named.Keys) : catalog.Actions.Keys, useNames ? "actions and steps" : "actions"));
        return null;
    }

    private StepDraft ReadAction(IActionKind action, Place place, YamlNode? value, string what)
    {
        var before = faults.Count;
        var called = $"{action.Name} in {what}";
        var parameters = new ParameterReader(action.Name, called, placeholders.Among(Placeholders.InSteps), faults, checks, beside).Read(action.Parameters, place, value);
        // The action may rely on what the declared form promises, so it is asked only when that holds.
        if (faults.Count == before)
        {
            foreach (var fault in action.Validate(parameters.Json))
                faults.Add(place, $"{called}: {fault.TrimEnd('.')}", null);
        }

        return new StepDraft(place, action, parameters);
    }

    private StepDraft ReadBeside(StepDraft step, YamlMap beside, string called)
    {
        var map = new MapReader(beside, called, faults, keys: Keys);
        var (within, @if, unless, services) = (map.Duration("within"), map.Take("if"), map.Take("unless"), map.Take("services"));
        if (within <= TimeSpan.Zero) faults.Add(map.PlaceOf("within")!.Value, $"{map.Name("within")} must be more than 0s", Scalars.DurationRemedy);
        map.Done();
        // A named step may have its own; what stands at its use comes first.
        return step with
        {
            Within = within ?? step.Within,
            If = @if is null ? step.If : ReadCondition(@if, $"\"if\" of {called}"),
            Unless = unless is null ? step.Unless : ReadCondition(unless, $"\"unless\" of {called}"),
            Services = services is null ? step.Services : ReadServices(services, $"\"services\" of {called}"),
        };
    }

    private ConditionDraft ReadCondition(YamlNode node, string what)
    {
        var items = node is YamlList list ? list.Items : [node];
        if (items.Count == 0) faults.Add(node.Place, $"{what} asks nothing", "name a check set or a check");
        var sets = items.OfType<YamlScalar>().Where(s => !s.IsNull && !checks.IsCheck(s)).ToList();
        return new ConditionDraft(checks.ReadList([.. items.Except(sets)], what), [.. sets.Select(s => new Placed(s.Text, s.Place))]);
    }

    private StepServicesDraft ReadServices(YamlNode node, string what) =>
        new(node.Place, node is YamlScalar { Text: All } ? [] : Scalars.Texts(node, what, faults));

    // What stands beside the action, apart from the action itself.
    private static (YamlNode Core, YamlMap? Beside) Split(YamlNode node)
    {
        if (node is not YamlMap { Entries.Count: > 1 } map) return (node, null);
        var beside = map.Entries.Where(e => Keys.Has(e.Key.Text)).ToList();
        return (map with { Entries = [.. map.Entries.Except(beside)] }, map with { Entries = beside });
    }

    internal static Placed? NameOf(YamlNode node) => node switch
    {
        YamlScalar { IsNull: false } scalar => new Placed(scalar.Text, scalar.Place),
        YamlMap { Entries: [var only] } => only.Key,
        _ => null,
    };
}
