using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads what a rollback is measured by and what is left to do after it: <c>targets:</c> and <c>follow_up:</c>.</summary>
internal static class AfterwardsReader
{
    public static readonly FileKeys TargetKeys = new("targets: of the file or of a playbook", "Times whose overruns are reported, counted from the start of the alert that is decided; of one that was known before, from when it was heard of again. A playbook's own stand for the file's.", [
        new("decide", KeyForm.Duration, "From the alert to the decision.", Example: "2m"),
        new("start", KeyForm.Duration, "From the decision to the first change.", Example: "1m"),
        new("execute", KeyForm.Duration, "From the first change to the end of the last step.", Example: "10m"),
        new("verify", KeyForm.Duration, "From there to the verdict.", Example: "5m"),
        new("total", KeyForm.Duration, "From the alert to the verdict.", Example: "18m"),
    ]);

    public static readonly FileKeys FollowUpKeys = new("follow_up: an item, of the file or of a playbook", "Open items of the report once something was changed. A playbook's own stand for the file's.", [
        new("task", KeyForm.Text, "What is to be done.", Example: "Root-cause analysis", Required: true),
        new("within", KeyForm.Duration, "How long people have, from the rollback's end.", Example: "4h", Required: true),
        new("role", KeyForm.Text, "Whose work it is.", Default: "nobody's in particular", Example: "devops-lead"),
    ]);

    /// <returns>Null when the file does not say.</returns>
    public static TimeTargets? ReadTargets(MapReader owner)
    {
        if (owner.Map("targets", TargetKeys) is not { } map) return null;
        var targets = new TimeTargets(map.Duration("decide"), map.Duration("start"), map.Duration("execute"), map.Duration("verify"), map.Duration("total"));
        map.Done();
        return targets;
    }

    /// <returns>Null when the file does not say.</returns>
    public static IReadOnlyList<FollowUpDraft>? ReadFollowUp(MapReader owner)
    {
        var items = owner.List("follow_up");
        return owner.Has("follow_up") ? [.. items.Select(i => ReadItem(i, owner)).OfType<FollowUpDraft>()] : null;
    }

    private static FollowUpDraft? ReadItem(YamlNode node, MapReader owner)
    {
        if (MapReader.Of(node, $"an item of {owner.Name("follow_up")}", owner.Faults, FollowUpKeys) is not { } map) return null;
        var (task, within, role) = (map.RequiredText("task", "say what is to be done"), map.Required("within", "say how long people have: within: 4h"), map.Text("role"));
        var time = within is null ? null : Scalars.Duration(within, map.Name("within"), owner.Faults);
        if (task is not null) PlaceholderRule.None.Check(task, map.Name("task"), owner.Faults);
        map.Done();
        return task is null || time is null ? null : new FollowUpDraft(new FollowUpDefinition(task.Text, time.Value, role?.Text), role);
    }
}
