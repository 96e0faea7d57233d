using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads the named sets under <c>checks:</c>, of the team or of a service; a plain list is all a set may have to be.</summary>
internal sealed class CheckSetReader(CheckReader checks, FaultList faults)
{
    public static readonly FileKeys Keys = new("checks: a set", "Asked again until all pass or the time is over. A plain list of checks stands for \"all\".", [
        new("within", KeyForm.Duration, "How long it is asked before its last answer counts. A check's own timeout should not be longer, or it may be cut off before it has answered: the matrix is loaded with a warning.", Default: "5m", Example: "2m"),
        new("every", KeyForm.Duration, "Pause between two askings.", Default: "5s", Example: "10s"),
        new("all", KeyForm.List, "The checks that must all pass.", Required: true, Example: "[http: /health]"),
    ]);

    /// <param name="owner">Whose set it is, for faults: <c> of service "rental-api"</c>; empty for the team's.</param>
    public CheckSetDraft Read(YamlEntry entry, string owner = "")
    {
        var what = $"check set {Shown.Quoted(entry.Key.Text)}{owner}";
        if (entry.Value is YamlList { Items: var items })
        {
            if (items.Count == 0) Empty(entry.Value.Place, what);
            return new CheckSetDraft(entry.Key, CheckSetDefinition.DefaultWithin, CheckSetDefinition.DefaultEvery, checks.ReadList(items, what));
        }

        if (MapReader.Of(entry.Value, what, faults, Keys) is not { } map)
            return new CheckSetDraft(entry.Key, CheckSetDefinition.DefaultWithin, CheckSetDefinition.DefaultEvery, []);
        map.Required("all", "list the checks that must all pass");
        var set = new CheckSetDraft(
            entry.Key,
            map.Duration("within") ?? CheckSetDefinition.DefaultWithin,
            map.Duration("every") ?? CheckSetDefinition.DefaultEvery,
            checks.ReadList(map.List("all"), what));
        if (map.Take("all") is YamlList { Items: [] } empty) Empty(empty.Place, what);
        if (!map.Has("every") && set.Every > set.Within)
            faults.Add(map.Take("within")!.Place, $"\"within\" of {what} must be at least \"every\", which is {Durations.Format(set.Every)} where it is not written", "write for example within: 5m, every: 5s");
        else if (set.Every <= TimeSpan.Zero || set.Every > set.Within)
            faults.Add(map.PlaceOf("every") ?? map.PlaceOf("within") ?? map.Place, $"\"every\" of {what} must be more than 0s and at most \"within\"", "write for example within: 5m, every: 5s");
        map.Done();
        return set;
    }

    private void Empty(Place place, string what) => faults.Add(place, $"{what} asks nothing", "list at least one check");
}
