using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one entry under <c>playbooks:</c>.</summary>
internal sealed class PlaybookReader(StepReader steps, CheckReader checks, PlaceholderRule placeholders, FaultList faults)
{
    public static readonly FileKeys Keys = new("playbooks: a playbook", "Guards, evidence, ways to undo, the proof that it worked, and what then.", [
        new("manual", KeyForm.Mapping, "Who may start it by hand.", Default: "nobody", Example: "{role: on-call}"),
        new("approval", KeyForm.Mapping, "Who has to agree before anything is changed, besides what the severity asks for.", Default: "nobody", Example: "{role: devops-lead, within: 15m}"),
        new("guards", KeyForm.Mapping, "When it must not run.", Example: "{deployed_within: 4h}"),
        new("before", KeyForm.List, "Steps that only look, before anything is changed. Best effort, they never delay the rest by more than the operator allows.", Example: "[capture: {logs: 1h}]"),
        new("meanwhile", KeyForm.List, "Steps before those of a method, put back after them in reverse order, whatever happens.", Example: "[scale: {replicas: 0}]"),
        new("keep_meanwhile_on_failure", KeyForm.YesNo, "After a failure \"meanwhile\" stays as it is and people are called.", Default: "false", Example: "true"),
        new("methods", KeyForm.List, "Ways to undo; the first that exists, the next one only after a measured failure.", Example: "[{name: kubernetes, steps: [rollout_undo: {to: previous}]}]"),
        new("steps", KeyForm.List, "The steps of the only way, instead of \"methods\".", Example: "[rollout_undo: {to: previous}]"),
        new("within", KeyForm.Duration, "Time for all \"steps\" together.", Default: "10m and what its wait steps take", Example: "5m"),
        new("verify", KeyForm.Texts, "Names of check sets that prove it: the service's own, else the team's. One after the other, all must pass.", Example: "[healthy, correct]"),
        new("on_failure", KeyForm.List, "Steps after a measured failure of every way, judged as a later method is, but nobody is asked: what can lose data for good must not stand here, and what can hardly be taken back, or what somebody released since, is left alone and told of. One that is not done keeps no other from being taken. The last may be another playbook that takes over, once. \"Cannot tell\" always calls people and changes nothing more: there is no key for it.", Example: "[page: devops-lead]"),
        new("stabilise", KeyForm.Duration, "How long it is watched after the proof, with deployments frozen.", Default: "0s", Example: "30m"),
        new("follow_up", KeyForm.List, "Open items of the report.", Default: "the file's", Example: "[{task: Root-cause analysis, within: 4h}]"),
        new("targets", KeyForm.Mapping, "Times whose overruns are reported.", Default: "the file's", Example: "{total: 18m}"),
    ]);

    /// <summary>The word of an <c>on_failure</c> item that hands over to another playbook.</summary>
    public const string HandOver = "playbook";

    public PlaybookDraft Read(YamlEntry entry)
    {
        var what = $"playbook {Shown.Quoted(entry.Key.Text)}";
        // Even an unreadable one keeps its name, so that the rows that use it are not at fault.
        if (MapReader.Of(entry.Value, what, faults, Keys) is not { } map) return new PlaybookDraft(entry.Key);
        var (fallback, then) = ReadFallback(map, what);
        var playbook = new PlaybookDraft(entry.Key)
        {
            Manual = ManualReader.Read(map),
            Approval = ApprovalReader.Read(map.Take("approval"), map.Name("approval"), placeholders, faults),
            Guards = new GuardReader(checks, checks.Recorded()).Read(map),
            Before = steps.ReadList(map.List("before"), map.Name("before")),
            Meanwhile = steps.ReadList(map.List("meanwhile"), map.Name("meanwhile")),
            KeepMeanwhileOnFailure = ReadKeep(map, what),
            Methods = new MethodReader(steps, placeholders, faults).Read(map, what),
            Verify = map.Texts("verify"),
            OnFailure = fallback,
            Then = then,
            Stabilise = map.Duration("stabilise") ?? TimeSpan.Zero,
            FollowUp = AfterwardsReader.ReadFollowUp(map),
            Targets = AfterwardsReader.ReadTargets(map),
        };
        map.Done();
        return playbook;
    }

    private bool ReadKeep(MapReader map, string what)
    {
        var keep = map.YesNo("keep_meanwhile_on_failure") ?? false;
        if (keep && !map.Has("meanwhile"))
            faults.Add(map.PlaceOf("keep_meanwhile_on_failure")!.Value, $"{what} keeps a \"meanwhile\" that it does not have", "remove the key, or add meanwhile");
        return keep;
    }

    private (IReadOnlyList<StepDraft> Steps, Placed? Then) ReadFallback(MapReader map, string what)
    {
        var items = map.List("on_failure");
        var takeOver = items.Where(i => i is YamlMap { Entries: [{ Key.Text: HandOver }] }).ToList();
        foreach (var early in takeOver.Where(t => t != items[^1]))
            faults.Add(early.Place, $"\"on_failure\" of {what} goes on after another playbook took over", "let it be the last item, and only one");
        var own = steps.ReadList([.. items.Except(takeOver)], map.Name("on_failure"));
        if (takeOver is not [.., YamlMap { Entries: [var (_, name)] }]) return (own, null);
        return (own, Scalars.Text(name, $"\"{HandOver}\" in {map.Name("on_failure")}", faults) is { } text ? new Placed(text, name.Place) : null);
    }
}
