using System.Globalization;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one team's file. Faults of form are found here; faults across parts by the rules.</summary>
internal sealed class TeamFileReader(ICatalog catalog, FaultList faults)
{
    public static readonly FileKeys Keys = new("the file", "One file per team, named matrix.yml or TEAM.matrix.yml.", [
        new("team", KeyForm.Text, "Whose file it is, as the operator calls the team.", Example: "rental", Required: true),
        new("about", KeyForm.Mapping, "Who stands behind it; for people.", Example: "{owner: DevOps}"),
        new("shadow", KeyForm.YesNo, "Everything is planned and told, nothing is changed.", Default: "false", Example: "true"),
        new("service_defaults", KeyForm.Mapping, "Keys of every service.", Example: "{slack: \"#rental-ops\"}"),
        new("services", KeyForm.Names, "What the team runs, by name; the alert's label \"service\" picks one.", Example: "{rental-api: {workload: {deployment: production/rental-api}}}", Required: true),
        new("severities", KeyForm.Names, "How urgent what is, by name; the alert's label \"severity\" picks one, unless the row names one.", Example: "{critical: {start_within: 5m}}"),
        new("windows", KeyForm.Names, "Time frames by name, for rows.", Example: "{maintenance: {weekly: Sun 02:00-04:00}}"),
        new("rows", KeyForm.List, "What happens on which alert. The first row that matches decides, alert by alert; a row further up is stronger.", Example: "[{name: critical, matchers: ['severity=\"critical\"'], playbook: undo}]", Required: true),
        new("playbooks", KeyForm.Names, "What can be done, by name.", Example: "{undo: {steps: [rollout_undo], verify: [healthy]}}"),
        new("steps", KeyForm.Names, "Steps that are used more than once, by name.", Example: "{stop: {scale: {replicas: 0}}}"),
        new("checks", KeyForm.Names, "Check sets by name.", Example: "{healthy: [http: /health]}"),
        new("follow_up", KeyForm.List, "Open items of every report.", Example: "[{task: Root-cause analysis, within: 4h}]"),
        new("targets", KeyForm.Mapping, "Times whose overruns are reported.", Example: "{total: 18m}"),
        new("updates", KeyForm.Mapping, "Timed updates. Nothing comes of it yet: updates come with every event, and check warns of it.", Example: "{at: [0m, 5m], then_every: 5m}"),
        new("drills", KeyForm.List, "Scheduled drills. Nothing comes of it yet: no drill is started, and check warns of it.", Example: "[{name: monthly, schedule: 0 10 1 * *, service: rental-api, expect: undo}]"),
    ]);

    public static readonly FileKeys AboutKeys = new("about: of the file", "For people; nothing is decided by it.", [
        new("owner", KeyForm.Text, "Who looks after it.", Example: "DevOps"),
        new("approved_by", KeyForm.Text, "Who agreed to it.", Example: "Engineering Leadership"),
        new("review_by", KeyForm.Text, "By when it should be looked at again; when that day is over, check warns.", Example: "2026-12-22"),
        new("runbook", KeyForm.Text, "The page it stands for.", Example: "https://wiki.example.com/rental"),
    ]);

    public static readonly FileKeys SeverityKeys = new("severities: a severity", "How urgent, and whether people are asked.", [
        new("start_within", KeyForm.Duration, "A rollback that has not begun to act by then is reported as an overrun. The people of a task are told to begin it by then.", Default: "not asked for", Example: "5m"),
        new("approval", KeyForm.Mapping, "Who has to agree first.", Default: "nobody", Example: "{role: on-call-manager, within: 5m, otherwise: proceed}"),
        new("major_outage", KeyForm.YesNo, "On the status page the component of a run that an alert began is in a major outage; else in a partial one.", Default: "true for critical, else false", Example: "true"),
    ]);

    public TeamDraft? Read(MatrixFile file)
    {
        if (YamlFile.Read(file.Path, file.Content, faults) is not { } root) return null;
        var map = new MapReader(root, "the matrix", faults, keys: Keys);
        var team = map.RequiredText("team", "say whose file it is: team: rental");
        var defaults = map.Take("service_defaults") as YamlMap;
        CheckDefaults(map, defaults);

        var placeholders = new PlaceholderRule([], ManualReader.InputsOf(root));
        var checks = new CheckReader(catalog, placeholders, faults, file.Beside);
        var checkSets = new CheckSetReader(checks, faults);
        var services = new ServiceReader(catalog, defaults, checkSets, faults);
        var rows = new RowReader(faults);
        var steps = new StepReader(catalog, checks, placeholders, faults, file.Beside);
        steps.ReadNamed(map.Names("steps"));
        var playbooks = new PlaybookReader(steps, checks, placeholders, faults);

        map.Required("services", "name what the team runs");
        map.Required("rows", "say what happens on which alert");
        var later = new[] { LaterReader.ReadUpdates(map), LaterReader.ReadDrills(map) };
        var draft = new TeamDraft(
            team ?? new Placed("", root.Place),
            map.YesNo("shadow") ?? false,
            ReadNotes(map),
            [.. map.Names("services").Select(services.Read)],
            [.. map.Names("severities").Select(ReadSeverity)],
            [.. map.Names("windows").Select(w => WindowReader.Read(w, faults))],
            [.. map.List("rows").Select(rows.Read).OfType<RowDraft>()],
            [.. map.Names("playbooks").Select(playbooks.Read)],
            [.. map.Names("checks").Select(c => checkSets.Read(c))],
            AfterwardsReader.ReadFollowUp(map) ?? [],
            AfterwardsReader.ReadTargets(map) ?? TimeTargets.None)
        {
            Later = [.. later.OfType<Placed>()],
            NamedSteps = [.. map.Names("steps").Select(s => s.Key)],
        };
        map.Done();
        return draft;
    }

    private void CheckDefaults(MapReader map, YamlMap? defaults)
    {
        if (defaults is null && map.Take("service_defaults") is { } other)
            faults.Add(other.Place, $"\"service_defaults\" of the matrix must be a mapping, not {other.Form}", "write the keys of a service");
    }

    private TeamNotes ReadNotes(MapReader matrix)
    {
        if (matrix.Map("about", AboutKeys) is not { } about) return new TeamNotes(null, null, null, null);
        var notes = new TeamNotes(
            about.Text("owner")?.Text,
            about.Text("approved_by")?.Text,
            ReadDate(about),
            about.Text("runbook")?.Text);
        about.Done();
        return notes;
    }

    private ReviewDate? ReadDate(MapReader about)
    {
        if (about.Text("review_by") is not { } text) return null;
        if (DateOnly.TryParseExact(text.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return new ReviewDate(date, text.Place);
        faults.Add(text.Place, $"{about.Name("review_by")} must be a date, not {Shown.Quoted(text.Text)}", "write it like 2026-12-22");
        return null;
    }

    private SeverityDraft ReadSeverity(YamlEntry entry)
    {
        if (MapReader.Of(entry.Value, $"severity {Shown.Quoted(entry.Key.Text)}", faults, SeverityKeys) is not { } map) return new SeverityDraft(entry.Key, null, null, null);
        // It is not yet known which playbook will run, so its inputs are not there to be filled in.
        var severity = new SeverityDraft(entry.Key, map.Duration("start_within"), ApprovalReader.Read(map.Take("approval"), map.Name("approval"), PlaceholderRule.None, faults), map.YesNo("major_outage"));
        map.Done();
        return severity;
    }
}
