using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What the answers of an <c>http</c> check have to be: status, body, one value of their JSON, and time.</summary>
/// <param name="fill">Fills one text, each value escaped for where it stands.</param>
internal sealed class HttpExpectation(JsonObject parameters, Func<string, Func<string, string>, string> fill)
{
    private readonly long? _status = parameters["status"]?.GetValue<long>();
    private readonly TextRule? _body = TextRule.Of(parameters["body"] as JsonObject, fill);
    private readonly JsonRule? _json = JsonRule.Of(parameters["json"] as JsonObject, fill);
    private readonly TimeSpan? _mean = Span(parameters["mean_below"]);
    private readonly long? _percentile = parameters["percentile"]?.GetValue<long>();
    private readonly TimeSpan? _below = Span(parameters["below"]);

    /// <summary>How many answers are timed.</summary>
    public long Samples { get; } = parameters["samples"]?.GetValue<long>() ?? 1;

    public override string ToString() => string.Join(", ", new[]
    {
        _status?.ToString(CultureInfo.InvariantCulture) ?? "2xx",
        _body?.ToString(),
        _json?.ToString(),
        _mean is null ? null : $"mean below {Texts.Milliseconds(_mean.Value)}",
        _below is null ? null : $"{_percentile}th percentile below {Texts.Milliseconds(_below.Value)}",
    }.OfType<string>());

    /// <summary>One answer by itself. Nobody answering at the service's own address is a measured failure, not a lack of data.</summary>
    public (Verdict Verdict, string Measured) Judge(HttpAnswer answer)
    {
        if (answer.Trouble is { } trouble)
            return (answer.Refused ? Verdict.Inconclusive : Verdict.Fail, trouble);
        var measured = $"{(int)answer.Status!} in {Texts.Milliseconds(answer.Took)}";
        if (_status is null ? (int)answer.Status is < 200 or > 299 : (int)answer.Status != _status)
            return (Verdict.Fail, measured);
        if (answer.Clipped && (_body is not null || _json is not null))
            return (Verdict.Inconclusive, $"{measured}, but the body is longer than is read");
        (Verdict Verdict, string Measured)[] rules = [_body?.Judge(answer.Body) ?? (Verdict.Pass, ""), _json?.Judge(answer.Body) ?? (Verdict.Pass, "")];
        return (Verdicts.Worst(rules.Select(r => r.Verdict)), measured + string.Concat(rules.Where(r => r.Measured.Length > 0).Select(r => $", {r.Measured}")));
    }

    /// <summary>Whether the times so far are too long already, however fast the answers to come may be.</summary>
    public bool IsTooSlow(IReadOnlyList<TimeSpan> times) =>
        (_mean is { } mean && times.Aggregate(TimeSpan.Zero, (sum, t) => sum + t) > mean * Samples)
        || (_percentile is { } percentile && _below is { } below && times.Count(t => t >= below) > Samples - Rank(Samples, percentile));

    /// <summary>The times of answers that are all as they should be.</summary>
    public (Verdict Verdict, string Measured) Judge(IReadOnlyList<TimeSpan> times)
    {
        var mean = TimeSpan.FromTicks((long)times.Average(t => t.Ticks));
        if (_percentile is not { } percentile || _below is not { } below)
            return (mean < (_mean ?? TimeSpan.MaxValue) ? Verdict.Pass : Verdict.Fail, $"{Counted(times)}, mean {Texts.Milliseconds(mean)}");
        var rank = times.Order().ElementAt((int)Rank(times.Count, percentile) - 1);
        var isFast = rank < below && mean < (_mean ?? TimeSpan.MaxValue);
        return (isFast ? Verdict.Pass : Verdict.Fail, $"{Counted(times)}, mean {Texts.Milliseconds(mean)}, {percentile}th percentile {Texts.Milliseconds(rank)}");
    }

    private string Counted(IReadOnlyList<TimeSpan> times) => times.Count < Samples ? $"{times.Count} of {Samples} answers" : $"{times.Count} answers";

    // Nearest rank: the smallest time that at least this share of the answers did not exceed.
    private static long Rank(long count, long percentile) => (long)Math.Ceiling(count * percentile / 100.0);

    public static TimeSpan? Span(JsonNode? value) =>
        value?.GetValue<string>() is { } text && Durations.TryParse(text, out var span) ? span : null;
}
