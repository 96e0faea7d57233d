using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads a playbook's ways to undo: <c>methods:</c>, or plain <c>steps:</c> that are the only one.</summary>
internal sealed class MethodReader(StepReader steps, PlaceholderRule placeholders, FaultList faults)
{
    public static readonly FileKeys Keys = new("methods: a method", "One way to undo. A person who starts the playbook by hand may name one.", [
        new("name", KeyForm.Text, "After its way.", Example: "kubernetes", Required: true),
        new("within", KeyForm.Duration, "Time for all its steps together; over it, an unfinished step has failed measurably.", Default: "10m and what its wait steps take", Example: "5m"),
        new("only", KeyForm.Text, "\"manual\": only for a person who names it, never one of the ways tried in turn.", Example: "manual"),
        new("approval", KeyForm.Mapping, "Who has to agree to this way, besides what severity and playbook ask for.", Default: "nobody", Example: "{role: devops-lead, otherwise: escalate}"),
        new("steps", KeyForm.List, "What it does, one after the other.", Example: "[rollout_undo: {to: last_known_good}]", Required: true),
    ]);

    /// <summary>The name of the one method that plain <c>steps</c> are.</summary>
    public const string PlainSteps = "steps";

    public IReadOnlyList<MethodDraft> Read(MapReader playbook, string what)
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
            return [Timed(new Placed(PlainSteps, at), within, steps.ReadList(plain, what))];
        }

        faults.Add(playbook.Place, $"{what} does nothing", "give it \"methods\" or \"steps\"");
        return [];
    }

    private MethodDraft? ReadMethod(YamlNode node, string playbook)
    {
        if (MapReader.Of(node, $"a method of {playbook}", faults) is not { } unnamed) return null;
        var name = unnamed.RequiredText("name", "name it after its way, for example kubernetes");
        var what = name is null ? $"a method of {playbook}" : $"method {Shown.Quoted(name.Text)} of {playbook}";
        var map = new MapReader((YamlMap)node, what, faults, keys: Keys);
        map.Take("name");
        map.Required("steps", "say what it does");
        NotEmpty(map.Take("steps"), "steps", what);
        var method = Timed(name ?? new Placed("", map.Place), map.Duration("within"), steps.ReadList(map.List("steps"), what)) with
        {
            OnlyManual = ReadOnly(map),
            Approval = ApprovalReader.Read(map.Take("approval"), map.Name("approval"), placeholders, faults),
        };
        map.Done();
        return method;
    }

    // What is waited for on purpose is no time that the other steps could need.
    private static MethodDraft Timed(Placed name, TimeSpan? within, IReadOnlyList<StepDraft> steps) =>
        new(name, within ?? steps.Aggregate(MethodDefinition.DefaultWithin, (sum, s) => sum + s.Takes), steps);

    private bool ReadOnly(MapReader map)
    {
        if (map.Text("only") is not { } word) return false;
        if (word.Text != "manual") faults.Add(word.Place, $"{map.Name("only")} must not be {Shown.Quoted(word.Text)}", "allowed here: manual");
        return true;
    }

    private void NotEmpty(YamlNode? list, string key, string what)
    {
        if (list is YamlList { Items: [] }) faults.Add(list.Place, $"\"{key}\" of {what} is empty", "list at least one");
    }
}
