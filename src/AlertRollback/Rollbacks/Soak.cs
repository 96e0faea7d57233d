namespace AlertRollback.Rollbacks;

/// <summary>Whether one template has been healthy for the soak period, without a break. Pure but for what it remembers.</summary>
/// <param name="here">Since when somebody has been there to look; null: always.</param>
internal sealed class Soak(TimeSpan period, Func<DateTimeOffset>? here = null)
{
    private string? _digest;
    private DateTimeOffset? _since;

    /// <summary>True when the period is over; anything unhealthy, another template, or that nobody looked begins it anew.</summary>
    public bool Look(string digest, bool healthy, DateTimeOffset now)
    {
        if (!healthy || digest != _digest || _since < here?.Invoke())
            _since = null;
        _digest = digest;
        if (!healthy)
            return false;
        _since ??= now;
        return now - _since >= period;
    }

    /// <summary>Begins it anew: what was taken for healthy could not be seen.</summary>
    public void Again() => _since = null;

    /// <summary>How long until the period is over; null while nothing is healthy.</summary>
    public TimeSpan? Left(DateTimeOffset now) => _since + period - now is { } left ? left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1) : null;
}
