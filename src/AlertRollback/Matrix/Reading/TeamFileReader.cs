using System.Globalization;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one team's file. Faults of form are found here; faults across parts by the rules.</summary>
internal sealed class TeamFileReader(Catalog catalog, FaultList faults)
{
    public TeamDraft? Read(string file, string content)
    {
        if (YamlFile.Read(file, content, faults) is not { } root) return null;
        var map = new MapReader(root, "the matrix", faults);
        var team = map.RequiredText("team", "say whose file it is: team: rental");
        var defaults = map.Take("service_defaults") as YamlMap;
        CheckDefaults(map, defaults);

        var services = new ServiceReader(defaults, faults);
        var rows = new RowReader(faults);
        var steps = new StepReader(catalog, faults);
        steps.ReadNamed(map.Names("steps"));
        var playbooks = new PlaybookReader(steps, faults);
        var checks = new CheckSetReader(catalog, faults);

        map.Required("services", "name what the team runs");
        map.Required("rows", "say what happens on which alert");
        var draft = new TeamDraft(
            team ?? new Placed("", root.Place),
            map.YesNo("shadow") ?? false,
            ReadNotes(map),
            [.. map.Names("services").Select(services.Read)],
            [.. map.Names("severities").Select(ReadSeverity)],
            [.. map.List("rows").Select(rows.Read).OfType<RowDraft>()],
            [.. map.Names("playbooks").Select(playbooks.Read)],
            [.. map.Names("checks").Select(checks.Read)]);
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
        if (matrix.Map("about") is not { } about) return new TeamNotes(null, null, null, null);
        var notes = new TeamNotes(
            about.Text("owner")?.Text,
            about.Text("approved_by")?.Text,
            ReadDate(about),
            about.Text("runbook")?.Text);
        about.Done();
        return notes;
    }

    private DateOnly? ReadDate(MapReader about)
    {
        if (about.Text("review_by") is not { } text) return null;
        if (DateOnly.TryParseExact(text.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        faults.Add(text.Place, $"{about.Name("review_by")} must be a date, not {Shown.Quoted(text.Text)}", "write it like 2026-12-22");
        return null;
    }

    private SeverityDraft ReadSeverity(YamlEntry entry)
    {
        if (MapReader.Of(entry.Value, $"severity {Shown.Quoted(entry.Key.Text)}", faults) is not { } map) return new SeverityDraft(entry.Key, null);
        var severity = new SeverityDraft(entry.Key, map.Duration("start_within"));
        map.Done();
        return severity;
    }
}
