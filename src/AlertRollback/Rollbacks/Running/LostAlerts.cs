namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// Says in the log which alerts no row decided: otherwise a misspelt label looks like a quiet day. Once for each name and
/// service, because a storm or a repetition says nothing new.
/// </summary>
internal sealed partial class LostAlerts(ILogger log)
{
    // Names come from outside, and what is remembered of them has an end.
    private const int Most = 500;

    private readonly HashSet<(Reason Reason, string? Service, string AlertName)> _said = [];

    public void Say(IEnumerable<Entry> entries)
    {
        foreach (var lost in entries.Select(e => e.Event).OfType<AlertEvent.NotActedOn>().Where(n => n.Reason != Reason.LogOnly))
        {
            if (_said.Count < Most && _said.Add((lost.Reason, lost.Service, lost.AlertName)))
                LogLost(Shown.Clean(lost.AlertName), lost.Reason.Word(), lost.Text);
        }
    }

    /// <summary>What another matrix does not decide either is news again.</summary>
    public void Forget() => _said.Clear();

    [LoggerMessage(LogLevel.Warning, "The alert {AlertName} was not acted on ({Reason}): {Text}")]
    private partial void LogLost(string alertName, string reason, string text);
}
