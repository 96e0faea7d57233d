using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>One entry of a thread.</summary>
internal sealed record SlackLine(long Sequence, Mrkdwn Text);

/// <summary>What Slack is told of one stream: a message that is edited in place, and what happened since as replies to it.</summary>
/// <param name="Since">When it began: where a search for our own message has to begin.</param>
internal sealed record SlackTopic(string Channel, string Id, DateTimeOffset Since, long LastSequence, SlackMessage Summary, IReadOnlyList<SlackLine> Lines)
{
    public static SlackTopic? Of(string stream, Book book, OperatorConfiguration operators)
    {
        var (family, id) = stream.Split('/', 2) is [var f, var i] ? (f, i) : (stream, stream);
        return family switch
        {
            "rollback" when book.Rollbacks.GetValueOrDefault(id) is { } rollback => Of(rollback, operators),
            "task" when book.Tasks.GetValueOrDefault(id) is { } task => Of(task, operators),
            _ => null,
        };
    }

    private static SlackTopic? Of(RollbackState rollback, OperatorConfiguration operators) =>
        ChannelOf(rollback.Service.Team, rollback.Service.Slack, operators) is not { } channel ? null : new SlackTopic(
            channel,
            rollback.Id,
            rollback.ProposedAt,
            rollback.LastSequence,
            new SlackSummary(rollback, operators).Message(),
            [.. rollback.Timeline.Select(t => (t.Sequence, t.At, Line: Line(rollback, t.Event, operators)))
                .Where(t => t.Line is not null)
                .Select(t => new SlackLine(t.Sequence, Mrkdwn.Of($"{Mrkdwn.Code(t.At.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture))} {t.Line!.Value}")))]);

    private static Mrkdwn? Line(RollbackState rollback, RollbackEvent e, OperatorConfiguration operators) => e switch
    {
        // The edited message shows the percentage; a reply for each step of it would be noise.
        RollbackEvent.StepProgressed => null,
        RollbackEvent.Paged page => Mrkdwn.Of($"{Mentions(rollback.Service.Team, page.Roles, operators)} {page.Text}"),
        _ => TimelineLine.For(e) is { } line ? Mrkdwn.Escape(line) : null,
    };

    private static SlackTopic? Of(TaskState task, OperatorConfiguration operators)
    {
        if (ChannelOf(task.Given.Service.Team, task.Given.Service.Slack, operators) is not { } channel)
            return null;
        var mentions = task.Given.Role is { } role ? Mentions(task.Given.Service.Team, [role], operators) : Mrkdwn.Trusted("");
        var title = task.IsOpen ? $"📋 {task.Given.Service.Name}: {task.Given.Text}" : $"☑️ {task.Given.Service.Name}: done";
        var body = Mrkdwn.Of($"{mentions} *{task.Given.Text}*\n{task.Given.Cause.AlertName} ({task.Given.Severity}){(task.Given.Cause.Summary is { } s ? $": {s}" : "")}");
        var state = task.Done is { } done
            ? Mrkdwn.Of($"Done by {done.By}{(done.Note is null ? "" : $": {done.Note}")}")
            : Mrkdwn.Of($"Open. Say {Mrkdwn.Code($"alertrollback task done {task.Given.Id}")} when it is done. Nothing is changed automatically.");
        var message = new SlackMessage(Mrkdwn.Escape(title), [new HeaderBlock(title), new SectionBlock(body), new ContextBlock([state])]);
        return new SlackTopic(channel, task.Given.Id, task.At, task.LastSequence, message, []);
    }

    /// <summary>The service's channel if the team was granted it, else the operator's.</summary>
    internal static string? ChannelOf(string team, string? wanted, OperatorConfiguration operators) =>
        wanted is not null && operators.Teams.TryGetValue(team, out var grants) && grants.Channels.Contains(wanted)
            ? wanted
            : operators.Slack?.Channel;

    internal static Mrkdwn Mentions(string team, IReadOnlyList<string> roles, OperatorConfiguration operators)
    {
        var grants = operators.Teams.GetValueOrDefault(team) ?? new TeamGrants();
        return roles.Count == 0
            ? Mrkdwn.Trusted("<!here>")
            : Mrkdwn.Join(" ", roles.Select(role => grants.Roles.TryGetValue(role, out var who) ? Mention(role, who) : Mrkdwn.Of($"*{role}*")));
    }

    // The operator's own words: @here, @channel, a member id or a group id; anything else is a plain name.
    private static Mrkdwn Mention(string role, string who) => who.TrimStart('@') switch
    {
        "here" or "channel" => Mrkdwn.Trusted($"<!{who.TrimStart('@')}>"),
        ['U' or 'W', ..] id when IsId(id) => Mrkdwn.Trusted($"<@{id}>"),
        ['S', ..] id when IsId(id) => Mrkdwn.Trusted($"<!subteam^{id}>"),
        _ => Mrkdwn.Of($"*{role}* ({who})"),
    };

    private static bool IsId(string text) => text.Length >= 8 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));
}
