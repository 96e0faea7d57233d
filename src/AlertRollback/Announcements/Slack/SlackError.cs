namespace AlertRollback.Announcements.Slack;

/// <summary>What Slack's error codes mean for us; https://docs.slack.dev/reference/methods/chat.postMessage and chat.update.</summary>
internal static class SlackError
{
    /// <summary>Slack says of these that part of the operation may have succeeded.</summary>
    public static bool MayHaveSucceeded(string code) => code is "internal_error" or "fatal_error" or "request_timeout" or "update_failed";

    public static bool IsRateLimit(string code) => code is "ratelimited" or "rate_limited" or "message_limit_exceeded";

    /// <summary>Nothing can be posted there, or no reply, until people change the channel or what the app may do in it.</summary>
    public static bool IsChannelGone(string code) => code is "channel_not_found" or "not_in_channel" or "is_archived" or "channel_is_archived" or "is_inactive" || IsRestricted(code);

    /// <summary>The message as it is made up is not taken, and its text alone may be.</summary>
    public static bool IsOfBlocks(string code) => code is "invalid_blocks" or "invalid_blocks_format" or "msg_blocks_too_long";

    private static bool IsRestricted(string code) => code is "restricted_action" or "restricted_action_read_only_channel" or "restricted_action_thread_only_channel"
        or "restricted_action_non_threadable_channel" or "restricted_action_thread_locked" or "action_prohibited" or "posting_to_general_channel_denied";

    public static bool WorthRetrying(string code) => MayHaveSucceeded(code)
        || code is "service_unavailable" or "team_added_to_org" or "external_channel_migrating" or "org_login_required" or "rollup_error";

    public static string Explain(string code) => code switch
    {
        "channel_not_found" => "Slack knows no such channel, or the app cannot see it: check the name, and invite the app to a private channel",
        "not_in_channel" => "the app is not a member of the channel: invite it",
        "is_archived" or "channel_is_archived" or "is_inactive" => "the channel is archived: name another one",
        "invalid_auth" or "not_authed" or "invalid_token" => "Slack does not accept the token",
        "token_revoked" or "account_inactive" or "token_expired" => "the token is no longer valid: install the app again",
        "missing_scope" or "no_permission" or "not_allowed_token_type" => "the token lacks a permission that this call needs",
        "msg_too_long" => "the message is too long",
        "msg_blocks_too_long" => "the blocks of the message are too long together",
        "invalid_blocks" or "invalid_blocks_format" => "Slack does not accept the blocks of the message",
        "message_not_found" => "the message no longer exists: someone deleted it",
        "edit_window_closed" or "cant_update_message" => "the workspace or the message's author does not allow editing this message",
        "thread_not_found" => "the message to reply to no longer exists",
        _ when IsRestricted(code) => "the workspace does not allow the app to post there",
        "no_service" or "no_active_hooks" or "no_service_id" => "the incoming webhook was removed or disabled",
        "no_text" or "invalid_payload" => "Slack does not accept the message",
        _ when MayHaveSucceeded(code) => "Slack failed on its side; part of it may have been carried out",
        _ when WorthRetrying(code) => "Slack is not available for the moment",
        _ => "Slack refused the call",
    };
}
