using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>A task in words: what it is, what its alerts do, and the call when people have to look again.</summary>
internal sealed class SlackTask(TaskState task, OperatorConfiguration operators)
{
    private TaskEvent.Given Given => task.Given;

    // What is only planned calls nobody.
    private Mrkdwn Who => Given is { Row.Shadow: false, Role: { } role } ? Mrkdwn.Of($"{SlackRoles.Mentions(Given.Service.Team, [role], operators)} ") : default;

    private string Urgency => Given.Within is { } span ? $"{Given.Severity}, begin within {Durations.Format(span)}" : Given.Severity;

    public string Title => task.IsOpen ? $"📋 {Shadow}{Given.Service.Name}: {Given.Text}" : $"☑️ {Shadow}{Given.Service.Name}: done — {Given.Text}";

    public Mrkdwn Body() => Mrkdwn.Of($"{Who}*{Given.Text}* ({Urgency})\n{Alerts(TaskAlerts.Lines(task, task.At))}");

    public Mrkdwn State() => task.Done is { } done
        ? Mrkdwn.Of($"Done by {done.By}{(done.Note is { } note ? Mrkdwn.Of($": {note}") : default)}")
        : Mrkdwn.Of($"Open{(task.StillFires ? "" : ", though none of its alerts fires now")}. Say {SaidWhenDone()} when it is done. Nothing is changed automatically.");

    /// <summary>Without a message that is edited: as it is when people are told.</summary>
    public Mrkdwn Text() => task.IsOpen
        ? Mrkdwn.Of($"{Who}*{Title}* ({Urgency})\n{Alerts(TaskAlerts.Lines(task, task.At))}")
        : Mrkdwn.Of($"*☑️ {Shadow}{Given.Service.Name}: done by {task.Done!.By}* — {Given.Text}");

    public IEnumerable<SlackLine> CallsAfter(long told) => task.CallsAfter(told).Select(c => new SlackLine(c.Sequence, Call(c), Calls: true) { NotBefore = c.At });

    // Read on a lock screen, without the message it belongs to.
    private Mrkdwn Call(TaskCall call)
    {
        var why = call.News.IsEmpty ? "All alerts of this open task had resolved, and it fires again." : "This task did not have it before.";
        var advice = task.Done is { } done
            ? Mrkdwn.Of($"Look whether {done.By} knew of it: the task is said to be done, and is not given again while it fires.")
            : Mrkdwn.Of($"Look at it as part of the task, and say {SaidWhenDone()} when all of it is done.");
        return Mrkdwn.Of($"{Who}*{Title}*\n{Alerts(TaskAlerts.Lines(task, call))}\n{why}\n*What you must do now:* {advice}");
    }

    private string Shadow => Headline.Mark(Given.Row.Shadow);

    private Mrkdwn SaidWhenDone() => Mrkdwn.Code($"alertrollback task done {Given.Id}");

    private static Mrkdwn Alerts(IEnumerable<string> lines) => Mrkdwn.Join("\n", lines.Select(Mrkdwn.Escape));
}
