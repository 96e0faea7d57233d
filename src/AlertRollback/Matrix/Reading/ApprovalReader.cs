using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads <c>approval:</c> of a severity, a playbook or a method.</summary>
internal static class ApprovalReader
{
    public static readonly FileKeys Keys = new("approval: of a severity, a playbook or a method", "A person's yes or no to one plan. What severity, playbook and method ask for is asked at the same time, and all have to agree.", [
        new("role", KeyForm.Text, "Whose people may answer.", Example: "devops-lead", Required: true),
        new("within", KeyForm.Duration, "Time to answer.", Default: "15m", Example: "5m"),
        new("otherwise", KeyForm.Text, "What silence means: deny (refused, people are called), escalate (it is asked once more, and the role and whom on_failure pages are called), proceed (a veto was asked for), drop (closed quietly; alerts of other rows that gave way to it or joined it are decided by those). While Slack takes no message, proceed and drop wait, and ask anew when people could be told only in the second half of the time.", Default: "deny", Example: "escalate"),
        new("type", KeyForm.Text, "What has to be typed to agree, in words.", Default: "nothing", Example: "the database's name"),
        new("answer", KeyForm.Text, "The text that has to be typed.", Default: "${service}", Example: "rental"),
        new("by_another", KeyForm.YesNo, "Whoever started it by hand must not agree to it as well.", Default: "false", Example: "true"),
    ]);

    public static ApprovalDraft? Read(YamlNode? node, string what, PlaceholderRule placeholders, FaultList faults)
    {
        if (node is null || MapReader.Of(node, what, faults, Keys) is not { } map) return null;
        var (role, type, answer) = (map.RequiredText("role", "say whose people may answer"), map.Text("type"), map.Text("answer"));
        var otherwise = ReadOtherwise(map);
        var rule = placeholders.Among(Placeholders.InSteps);
        if (answer is not null) rule.Check(answer, map.Name("answer"), faults);
        if (type is not null) PlaceholderRule.None.Check(type, map.Name("type"), faults);
        if (type is null && answer is not null)
            faults.Add(answer.Place, $"{what} has an \"answer\" but no \"type\"", "say in words what has to be typed: type: the database's name");
        if (type is not null && otherwise == OnSilence.Proceed)
            faults.Add(type.Place, $"{what} asks for a typed answer and goes on without one", "remove \"type\", or let silence deny: otherwise: deny");
        var within = map.Duration("within");
        if (within <= TimeSpan.Zero) faults.Add(map.PlaceOf("within")!.Value, $"{map.Name("within")} must be more than 0s", Scalars.DurationRemedy);
        var definition = new ApprovalDefinition(
            role?.Text ?? "", within ?? ApprovalDefinition.DefaultWithin, otherwise, type?.Text,
            type is null ? null : answer?.Text ?? $"${{{Placeholders.Service}}}", map.YesNo("by_another") ?? false);
        map.Done();
        return new ApprovalDraft(node.Place, role ?? new Placed("", node.Place), definition, rule.Used);
    }

    private static OnSilence ReadOtherwise(MapReader map)
    {
        if (map.Text("otherwise") is not { } word) return OnSilence.Deny;
        if (SnakeCase.TryParse(word.Text, out OnSilence otherwise)) return otherwise;
        map.Faults.Add(word.Place, $"{map.Name("otherwise")} must not be {Shown.Quoted(word.Text)}", NearestName.Remedy(word.Text, Enum.GetValues<OnSilence>().Select(o => o.Word()), "allowed"));
        return OnSilence.Deny;
    }
}
