using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Flags;

/// <summary>What reading back has to show, and when it is asked.</summary>
internal sealed record FlagExpectation(JsonObject Values, TimeSpan After, TimeSpan Within);

/// <summary>
/// Sets a flag and reads it back until it reads as wanted. Whatever keeps it from that is measured: the flag did not do what
/// was asked of it, and the next method is worth trying. Puts back what it was while it is still what we set (S7).
/// </summary>
internal sealed class FlagChange(IFlagPlace place, TimeProvider time)
{
    private const string Sending = "sending";
    private const string Written = "written";

    // In both marks: what read as wanted before anything of ours was sent, and so is somebody else's.
    private const string Already = "already";
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRestore = TimeSpan.FromSeconds(30);

    public async Task<PinOutcome> PinAsync(JsonObject set, FlagExpectation expected, string @lock, CancellationToken cancellation)
    {
        var pin = new JsonObject
        {
            ["to"] = set.DeepClone(),
            ["expect"] = expected.Values.DeepClone(),
            ["after"] = Durations.Format(expected.After),
            ["within"] = Durations.Format(expected.Within),
        };
        switch (await place.ReadAsync(Fields(set, expected.Values), cancellation))
        {
            case FlagReading.Refused refused:
                return new PinOutcome.Refused(Reason.NotGranted, refused.Text);
            case FlagReading.NotHere absent:
                return new PinOutcome.Refused(Reason.NotFound, absent.Text);
            case FlagReading.Read read:
                pin["from"] = FlagValues.Only(read.Values, set.Select(s => s.Key));
                return new PinOutcome.Pinned(pin, FlagValues.Text((JsonObject)pin["from"]!), FlagValues.Text(set), [], Diff(set, read.Values), [@lock]);
            case FlagReading.Unreadable unreadable:
                // No reason to plan nothing: setting it may still work, and if it does not, that is measured.
                return new PinOutcome.Pinned(pin, "not readable", FlagValues.Text(set), [$"{place.Text} cannot be read now ({unreadable.Text}): it could not be put back."], [], [@lock]);
            case var other:
                throw new InvalidOperationException($"no such reading: {other}");
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (to, expect) = ((JsonObject)pin["to"]!, (JsonObject)pin["expect"]!);
        var already = false;
        if (!context.Journal.Marks.ContainsKey(Written))
        {
            var read = await place.ReadAsync(Fields(to, expect), cancellation) as FlagReading.Read;
            already = read is not null && IsAt(to, expect, read.Values);
            if (read is not null && !already && pin["from"] is JsonObject from && SomebodyElses(from, to, read.Values) is { } other)
                return new StepOutcome.Superseded($"{place.Text}: {other} by now, neither what it was nor what we want");
            if (!already && await SendAsync(context, pin, read?.Values, cancellation) is { } ended)
                return ended;
            var mark = new JsonObject { ["at"] = Now() };
            if (already && !context.Journal.Marks.ContainsKey(Sending))
                mark[Already] = Names(to.Select(t => t.Key));
            await context.Journal.MarkAsync(Written, mark, already ? $"{place.Text} was so already, nothing was written" : $"{place.Text}: the change was sent", cancellation);
        }

        return already
            ? new StepOutcome.Done(Reason.AlreadyAtTarget, $"{FlagValues.Text(expect)} already")
            : await ReadBackAsync(context, pin, expect, cancellation);
    }

    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var (to, expect) = ((JsonObject)pin["to"]!, (JsonObject)pin["expect"]!);
        if (pin["from"] is not JsonObject from)
            return new StepOutcome.CannotTell(Reason.ValuesGone, $"{place.Text} stays as it is: what it was could not be read");
        switch (await place.ReadAsync(Fields(to, expect), cancellation))
        {
            case FlagReading.Read read when IsAsBefore(from, to, read.Values):
                return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{FlagValues.Text(from)} already");
            case FlagReading.Read read when SomebodyElses(from, to, read.Values) is not null:
                return new StepOutcome.Superseded($"{place.Text} is not as we set it ({FlagValues.Differences(FlagValues.Only(to, read.Values.Select(v => v.Key)), read.Values)}) and stays so");
            case FlagReading.Read read:
                return await PutBackAsync(context, from, to, read.Values, cancellation);
            case var unread:
                return new StepOutcome.CannotTell(Reason.ApiError, $"{place.Text} cannot be read: {Why(unread)}");
        }
    }

    // A change that was stopped on its way is set in part: each field that is as we set it goes back.
    private async Task<StepOutcome> PutBackAsync(StepContext context, JsonObject from, JsonObject to, JsonObject live, CancellationToken cancellation)
    {
        var others = Others(context);
        var back = FlagValues.Only(from, from.Where(f => !others.Contains(f.Key) && !FlagValues.Same(f.Value, live[f.Key])).Select(f => f.Key));
        foreach (var added in to.Select(t => t.Key).Where(k => !others.Contains(k) && !from.ContainsKey(k) && live.ContainsKey(k)))
            back[added] = null;
        if (back.Count == 0)
            return new StepOutcome.Superseded($"{place.Text} was so before anything was written and stays so");
        if (await WriteAsync(context, back, cancellation) is { } ended)
            return ended is StepOutcome.Failed failed ? new StepOutcome.CannotTell(Reason.ApiError, failed.Text) : ended;
        var wanted = FlagValues.Only(from, from.Select(f => f.Key).Except(others));
        var (holds, seen) = await UntilAsync(wanted, Earlier(time.GetUtcNow() + LongestRestore, context.Deadline), cancellation);
        var left = others.Count == 0 ? "" : $"; what somebody else had set stays: {string.Join(", ", others)}";
        return holds
            ? new StepOutcome.Done(Reason.Applied, $"{FlagValues.Text(wanted)} again{left}")
            : new StepOutcome.CannotTell(Reason.NotAsExpected, $"{place.Text} was put back, but {seen}");
    }

    private static IReadOnlyList<string> Others(StepContext context) =>
        [.. new[] { Sending, Written }.SelectMany(m => context.Journal.Marks.GetValueOrDefault(m)?[Already] as JsonArray ?? []).Select(f => f!.GetValue<string>())];

    /// <summary>Marks the beginning before it, so that after a crash what reads as wanted is known to be ours.</summary>
    private async Task<StepOutcome?> SendAsync(StepContext context, JsonObject pin, JsonObject? live, CancellationToken cancellation)
    {
        var to = (JsonObject)pin["to"]!;
        var begun = context.Journal.Marks.ContainsKey(Sending);
        if (!begun)
        {
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            var changed = pin["from"] is JsonObject from && live is not null
                ? to.Where(t => live.ContainsKey(t.Key) && FlagValues.Same(t.Value, live[t.Key]) && !FlagValues.Same(t.Value, from[t.Key])).Select(t => t.Key)
                : [];
            await context.Journal.PrepareAsync(Sending, new JsonObject { [Already] = Names(changed) }, "", cancellation);
        }

        return await WriteAsync(context, to, cancellation) is not { } ended ? null
            : begun && live is not null ? ended with { Text = $"{ended.Text}; it was begun before, and read {FlagValues.Text(FlagValues.Only(live, to.Select(t => t.Key)))}" }
            : ended;
    }

    /// <summary>Null when all was accepted, or reading back has to tell.</summary>
    private async Task<StepOutcome?> WriteAsync(StepContext context, JsonObject values, CancellationToken cancellation)
    {
        var done = new List<string>();
        foreach (var part in place.WrittenAtOnce(values))
        {
            if (context.Journal.MayWrite() is { } stop)
                return ObjectChanges.After(done, stop);
            switch (await place.WriteAsync(part, cancellation))
            {
                case FlagWriting.Refused refused:
                    return ObjectChanges.After(done, new StepOutcome.CannotTell(Reason.NotGranted, refused.Text));
                case FlagWriting.Rejected rejected:
                    return ObjectChanges.After(done, new StepOutcome.Failed(Reason.RejectedByService, $"{place.Text} was not set: {rejected.Text}"));
            }

            done.Add($"{FlagValues.Text(part)} was sent");
        }

        return null;
    }

    private async Task<StepOutcome> ReadBackAsync(StepContext context, JsonObject pin, JsonObject expect, CancellationToken cancellation)
    {
        var at = DateTimeOffset.Parse(context.Journal.Marks[Written]["at"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var first = at + Span(pin["after"]);
        if (Earlier(first, context.Deadline) - time.GetUtcNow() is var pause && pause > TimeSpan.Zero)
            await Task.Delay(pause, time, cancellation);
        var (holds, seen) = await UntilAsync(expect, Earlier(first + Span(pin["within"]), context.Deadline), cancellation);
        return holds
            ? new StepOutcome.Done(Reason.Applied, $"reads back as {FlagValues.Text(expect)}")
            : new StepOutcome.Failed(Reason.NotAsExpected, $"{place.Text}: {seen}");
    }

    private async Task<(bool Holds, string Seen)> UntilAsync(JsonObject wanted, DateTimeOffset until, CancellationToken cancellation)
    {
        while (true)
        {
            var reading = await place.ReadAsync([.. wanted.Select(w => w.Key)], cancellation);
            if (reading is FlagReading.Read read && FlagValues.Hold(wanted, read.Values))
                return (true, "");
            if (time.GetUtcNow() + Every > until)
                return (false, reading is FlagReading.Read other ? FlagValues.Differences(wanted, other.Values) : $"it cannot be read back: {Why(reading)}");
            await Task.Delay(Every, time, cancellation);
        }
    }

    private static bool IsAt(JsonObject to, JsonObject expect, JsonObject live) => FlagValues.Hold(expect, live) && FlagValues.HoldWhereShown(to, live);

    private static bool IsAsBefore(JsonObject from, JsonObject to, JsonObject live) =>
        FlagValues.Hold(from, live) && to.All(t => from.ContainsKey(t.Key) || !live.ContainsKey(t.Key));

    private static string? SomebodyElses(JsonObject from, JsonObject to, JsonObject live) =>
        to.Where(t => live.ContainsKey(t.Key) && !FlagValues.Same(live[t.Key], t.Value) && !FlagValues.Same(live[t.Key], from[t.Key]))
            .Select(t => $"{t.Key} reads {FlagValues.Plain(live[t.Key])}").FirstOrDefault();

    private static IReadOnlyList<string> Diff(JsonObject set, JsonObject live) =>
        [.. set.Where(s => !FlagValues.Same(s.Value, live[s.Key])).Select(s => $"{s.Key}: {(live.ContainsKey(s.Key) ? FlagValues.Plain(live[s.Key]) : "nothing")} -> {FlagValues.Plain(s.Value)}")];

    private static IReadOnlyList<string> Fields(JsonObject set, JsonObject expect) => [.. set.Select(s => s.Key).Union(expect.Select(e => e.Key))];

    private static JsonArray Names(IEnumerable<string> fields) => [.. fields.Select(f => JsonValue.Create(f))];

    private static string Why(FlagReading reading) => reading switch
    {
        FlagReading.NotHere absent => absent.Text,
        FlagReading.Unreadable unreadable => unreadable.Text,
        FlagReading.Refused refused => refused.Text,
        _ => "",
    };

    private string Now() => time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static TimeSpan Span(JsonNode? text) => Durations.TryParse(text!.GetValue<string>(), out var span) ? span : TimeSpan.Zero;
}
