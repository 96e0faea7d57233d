namespace AlertRollback.Announcements.Slack;

/// <summary>Looks for posts of our own whose outcome is not known (S20). Asks once who we are and what id a channel has.</summary>
internal sealed class SlackSearch(SlackWebApi slack)
{
    // Slack's clock and ours differ.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, string> _channelIds = new(StringComparer.Ordinal);
    private SlackIdentity? _self;

    /// <summary>Our post; null when it certainly does not exist.</summary>
    public async Task<RemoteAnswer<SlackPlace?>> FindAsync(
        SlackTopic topic, SlackPlace? message, string part, CancellationToken cancellation)
    {
        if (_self is null)
        {
            var self = await slack.AuthTestAsync(cancellation);
            if (self is not RemoteAnswer<SlackIdentity>.Ok(var identity, _))
                return self.Select(_ => (SlackPlace?)null);
            _self = identity;
        }

        var channel = message is null ? await ChannelIdAsync(topic.Channel, cancellation) : new RemoteAnswer<string>.Ok(message.Channel, []);
        return channel is RemoteAnswer<string>.Ok(var id, _)
            ? await slack.FindAsync(id, new SlackMark(topic.Id, part), message?.Ts, topic.Since - ClockSlack, _self.BotId, cancellation)
            : channel.Select(_ => (SlackPlace?)null);
    }

    /// <summary>Whether it is a channel's id, which needs no looking for.</summary>
    public static bool IsId(string channel) => channel.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));

    private async Task<RemoteAnswer<string>> ChannelIdAsync(string channel, CancellationToken cancellation)
    {
        if (_channelIds.TryGetValue(channel, out var known))
            return new RemoteAnswer<string>.Ok(known, []);
        if (IsId(channel))
            return new RemoteAnswer<string>.Ok(channel, []);
        var answer = await slack.ChannelIdAsync(channel, cancellation);
        if (answer is RemoteAnswer<string?>.Ok(null, _))
            return new RemoteAnswer<string>.Refused("channel_not_found", false, $"the app sees no channel {channel}");
        if (answer is RemoteAnswer<string?>.Ok({ } id, _))
            _channelIds[channel] = id;
        return answer.Select(id => id!);
    }
}
