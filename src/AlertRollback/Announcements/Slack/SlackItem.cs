using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>One open item of a rollback as a line.</summary>
internal static class SlackItem
{
    public static Mrkdwn Line(TaskState item, OperatorConfiguration operators)
    {
        var given = item.Given;
        if (item.Done is { } done)
            return Mrkdwn.Of($"☑️ {given.Text} — {done.By}{(done.Note is { } note ? Mrkdwn.Of($": {note}") : default)}");
        var within = given.Within is { } span ? Mrkdwn.Of($", within {Durations.Format(span)}") : default;
        var who = given.Role is { } role ? Mrkdwn.Of($", {Name(given.Service.Team, role, operators)}") : default;
        return Mrkdwn.Of($"☐ {given.Text} ({Mrkdwn.Code(given.Id)}{within}{who})");
    }

    // Who is called is called once, at the top; @here as often as there are items would be none.
    private static Mrkdwn Name(string team, string role, OperatorConfiguration operators) =>
        SlackRoles.Mentions(team, [role], operators) is var mention && mention.ToString().StartsWith("<@", StringComparison.Ordinal) ? mention : Mrkdwn.Of($"*{role}*");
}
