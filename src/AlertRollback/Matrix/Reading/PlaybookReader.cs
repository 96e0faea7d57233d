using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one entry under <c>playbooks:</c>.</summary>
internal sealed class PlaybookReader(StepReader steps, FaultList faults)
{
    /// <summary>The name of the one method that plain <c>steps</c> are.</summary>
    public const string PlainSteps = "steps";

    public PlaybookDraft Read(YamlEntry entry)
    {
        var what = $"playbook {Shown.Quoted(entry.Key.Text)}";
        // Even an unreadable one keeps its name, so that the rows that use it are not at fault.
        if (MapReader.Of(entry.Value, what, faults) is not { } map)
            return new PlaybookDraft(entry.Key, GuardSettings.Default, [], [], [], [], TimeSpan.Zero);
        var playbook = new PlaybookDraft(
            entry.Key,
            ReadGuards(map),
            steps.ReadList(map.List("before"), $"\"before\" of {what}"),
            ReadMethods(map, what),
            map.Texts("verify"),
            steps.ReadList(map.List("on_failure"), $"\"on_failure\" of {what}"),
            map.Duration("stabilise") ?? TimeSpan.Zero);
        map.Done();
        return playbook;
    }

    private static GuardSettings ReadGuards(MapReader playbook)
    {
        if (playbook.Map("guards") is not { } guards) return GuardSettings.Default;
        var settings = new GuardSettings(
            guards.Duration("deployed_within"),
            guards.Duration("hold") ?? GuardSettings.DefaultHold,
            guards.Duration("cooldown") ?? TimeSpan.Zero);
        guards.Done();
        return settings;
    }

    private List<MethodDraft> ReadMethods(MapReader playbook, string what)
    {
        var (methods, plain, within) = (playbook.List("methods"), playbook.List("steps"), playbook.Duration("within"));
        if (playbook.Has("methods"))
        {
            if (playbook.PlaceOf("steps") is { } second)
                faults.Add(second, $"{what} has both \"methods\" and \"steps\"", "put the steps into a method, or remove the methods");
            else if (playbook.PlaceOf("within") is { } time)
                faults.Add(time, $"\"within\" of {what} stands beside \"methods\"", "give each method its own \"within\"");
            NotEmpty(playbook.Take("methods"), "methods", what);
            return [.. methods.Select(m => ReadMethod(m, what)).OfType<MethodDraft>()];
        }

        if (playbook.PlaceOf("steps") is { } at)
        {
            NotEmpty(playbook.Take("steps"), "steps", what);
            return [new MethodDraft(new Placed(PlainSteps, at), within ?? MethodDefinition.DefaultWithin, steps.ReadList(plain, what))];
        }

        faults.Add(playbook.Place, $"{what} does nothing", "give it \"methods\" or \"steps\"");
        return [];
    }

    private MethodDraft? ReadMethod(YamlNode node, string playbook)
    {
        if (MapReader.Of(node, $"a method of {playbook}", faults) is not { } map) return null;
        var name = map.RequiredText("name", "name it after its way, for example kubernetes");
        var what = name is null ? $"a method of {playbook}" : $"method {Shown.Quoted(name.Text)} of {playbook}";
        NotEmpty(map.Required("steps", "list what it does"), "steps", what);
        var method = new MethodDraft(
            name ?? new Placed("", map.Place),
            map.Duration("within") ?? MethodDefinition.DefaultWithin,
            steps.ReadList(map.List("steps"), what));
        map.Done();
        return method;
    }

    private void NotEmpty(YamlNode? list, string key, string what)
    {
        if (list is YamlList { Items: [] }) faults.Add(list.Place, $"\"{key}\" of {what} is empty", "list at least one");
    }
}
