using AlertRollback.Operators;

namespace AlertRollback.Announcements.Slack;

/// <summary>Where a team is told, and who is called for its roles: by the operator's words, never by an alert's.</summary>
internal static class SlackRoles
{
    /// <summary>The service's channel if the team was granted it, else the operator's; null: nowhere.</summary>
    public static string? ChannelOf(string team, string? wanted, OperatorConfiguration operators) =>
        wanted is not null && operators.Teams.TryGetValue(team, out var grants) && grants.Channels.Contains(wanted)
            ? wanted
            : operators.Slack?.Channel;

    public static Mrkdwn Mentions(string team, IReadOnlyList<string> roles, OperatorConfiguration operators)
    {
        var grants = operators.Teams.GetValueOrDefault(team) ?? new TeamGrants();
        return roles.Count == 0
            ? Mrkdwn.Trusted("<!here>")
            : Mrkdwn.Join(" ", roles.Select(role => grants.Roles.TryGetValue(role, out var who) ? Mention(role, who) : Mrkdwn.Of($"*{role}*")));
    }

    // @here, @channel, a member id or a group id; anything else is a plain name.
    private static Mrkdwn Mention(string role, string who) => who.TrimStart('@') switch
    {
        "here" => Mrkdwn.Trusted("<!here>"),
        "channel" => Mrkdwn.Trusted("<!channel>"),
        ['U' or 'W', ..] id when IsId(id) => Mrkdwn.Trusted($"<@{id}>"),
        ['S', ..] id when IsId(id) => Mrkdwn.Trusted($"<!subteam^{id}>"),
        _ => Mrkdwn.Of($"*{role}* ({who})"),
    };

    private static bool IsId(string text) => text.Length >= 8 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));
}
