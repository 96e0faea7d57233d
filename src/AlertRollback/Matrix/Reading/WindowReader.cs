using System.Globalization;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads one entry under <c>windows:</c>.</summary>
internal static class WindowReader
{
    public static readonly FileKeys Keys = new("windows: a window", "A time frame that comes again every week, for rows that act only inside one.", [
        new("weekly", KeyForm.Text, "Days and times of day: one day, a span or a list; when it ends earlier than it begins, it ends on the next day. 00:00-24:00 is the whole day.", Example: "Sun 02:00-04:00", Required: true),
        new("zone", KeyForm.Text, "IANA time zone.", Default: "UTC", Example: "America/Santiago"),
    ]);

    private const string Remedy = "write it like Sun 02:00-04:00, Mon-Fri 22:00-05:00, Sat,Sun 00:00-06:00 or, for the whole day, Sun 00:00-24:00";

    // The end of a day; the same time of day as its begin, which without the word would be no time at all.
    private const string Midnight = "24:00";

    private static readonly IReadOnlyList<string> Days = [.. Enum.GetNames<DayOfWeek>().Select(d => d[..3])];

    public static WindowDraft Read(YamlEntry entry, FaultList faults)
    {
        if (MapReader.Of(entry.Value, $"window {Shown.Quoted(entry.Key.Text)}", faults, Keys) is not { } map) return new WindowDraft(entry.Key, null);
        var (weekly, zone) = (map.RequiredText("weekly", Remedy), map.Text("zone"));
        map.Done();
        if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _))
            faults.Add(zone.Place, $"{map.Name("zone")} names no time zone: {Shown.Quoted(zone.Text)}", "write it like America/Santiago, Europe/Berlin or UTC");
        if (weekly is null) return new WindowDraft(entry.Key, null);
        var window = Parse(entry.Key.Text, weekly.Text, zone?.Text ?? "UTC");
        if (window is null) faults.Add(weekly.Place, $"{map.Name("weekly")} is no time frame: {Shown.Quoted(weekly.Text)}", Remedy);
        return new WindowDraft(entry.Key, window);
    }

    private static WindowDefinition? Parse(string name, string text, string zone) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var days, var times]
        && times.Split('-') is [var from, var to]
        && ParseDays(days) is { Count: > 0 } parsed
        && ParseTime(from) is { } opens && ParseTime(to == Midnight ? "00:00" : to) is { } closes
        && (opens != closes || to == Midnight)
            ? new WindowDefinition(name, parsed, opens, closes, zone)
            : null;

    private static IReadOnlyList<DayOfWeek>? ParseDays(string text)
    {
        var days = new SortedSet<DayOfWeek>();
        foreach (var part in text.Split(','))
        {
            var span = part.Split('-').Select(d => Days.ToList().IndexOf(d)).ToList();
            if (span.Count > 2 || span.Contains(-1)) return null;
            for (var day = span[0]; ; day = (day + 1) % 7)
            {
                days.Add((DayOfWeek)day);
                if (day == span[^1]) break;
            }
        }

        return [.. days];
    }

    private static TimeOnly? ParseTime(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
