using System.Globalization;
using AlertRollback.Alerts.Intake;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>One piece of news that concerns everybody, in plain text. Holds untrusted text: whoever shows it escapes it.</summary>
/// <param name="Advice">What a person must do now.</param>
public sealed record NewsText(string Headline, string Text, string Advice)
{
    private const string NothingToDo = "Nothing right now.";

    /// <summary>Null for news that this version has no words for.</summary>
    public static NewsText? For(News news) => news.Event switch
    {
        GlobalEvent.KillSwitchSet { On: true } x => new(
            "🛑 Kill switch is ON",
            $"Set by {x.By}: {x.Why}. No rollback begins; those under way {(x.Now ? "stop before their next change" : "run to their end")}.",
            $"Decide yourself on every alert until the kill switch is turned off; what waits goes on by itself then: {Commands.KillSwitchOff}"),
        GlobalEvent.KillSwitchSet x => new(
            "▶️ Kill switch is off", $"Turned off by {x.By}: {x.Why}. Alerts that waited for it are decided anew.", NothingToDo),
        GlobalEvent.BreakerTripped x => new(
            "🧯 Breaker tripped: no rollback begins",
            x.Why,
            $"Look at the platform first: many services fail at once. When rolling back is still right, reset the breaker: {Commands.BreakerReset}"),
        GlobalEvent.BreakerReset x => new(
            "▶️ Breaker was reset", $"By {x.By}: {x.Why}. Alerts that waited for it are decided anew.", NothingToDo),
        GlobalEvent.Frozen { Until: { } until } x => new(
            $"❄️ {x.Service} is frozen",
            $"No rollback of it {(x.UnderWay is null ? "" : "begins ")}until {Moment.WholeMinute(until)} UTC. By {x.By}: {x.Why}.{UnderWay(x)}",
            $"{(x.UnderWay is null ? "" : "To stop what is under way, say no where it asks, or throw the kill switch with \"now\". ")}Decide yourself on its alerts until then, or lift the freeze, and what waits for it goes on by itself: {Commands.Unfreeze(x.Service)}"),
        GlobalEvent.Frozen { Waited: { } waited } x => new(
            $"▶️ {x.Service} is no longer frozen",
            $"Lifted by {x.By}: {x.Why}. {string.Join(", ", waited)} waited for it and {(waited.Count == 1 ? "goes" : "go")} on by {(waited.Count == 1 ? "itself" : "themselves")}.",
            "Nothing, if that is still right. Else throw the kill switch with \"now\"."),
        GlobalEvent.Frozen x => new($"▶️ {x.Service} is no longer frozen", $"Lifted by {x.By}: {x.Why}.", NothingToDo),
        GlobalEvent.MatrixTrouble x => new(
            "⚠️ Decision matrix cannot be used", x.Text, "Mend the file: until then what it says anew does not apply."),
        GlobalEvent.MatrixGood => new("✅ Decision matrix is in use as it stands in the files", "It was faulty before.", NothingToDo),
        GlobalEvent.WebhookTrouble { Kind: RefusalKind.Unreadable } x => new(
            "⚠️ A message to the alert webhook is none of Alertmanager's",
            $"{x.Text}. Nothing is done for what it says.",
            "Look what posts there. If it was somebody's try, nothing; if it was Alertmanager, look there yourself for what fires, and take its own payload, if it has one, out of its webhook_configs."),
        GlobalEvent.WebhookTrouble { Kind: RefusalKind.TooLarge } x => new(
            "⚠️ Alert messages are too large and refused",
            $"{x.Text}. Nothing is done for what they say.",
            "Look at Alertmanager yourself for what fires. Then let it send smaller groups, or raise intake: {body: …} of operator.yml."),
        GlobalEvent.WebhookTrouble x => new(
            "⚠️ Alert messages are refused",
            $"{x.Text}. Nothing is done for what they say.",
            "Look at Alertmanager yourself for what fires. Then mend its credential, or ours (401, 403), or the journal (503)."),
        GlobalEvent.WebhookGood { Kind: RefusalKind.Unreadable } => new("✅ Every message to the alert webhook can be read again", "One was none of Alertmanager's before.", NothingToDo),
        GlobalEvent.WebhookGood { Kind: RefusalKind.TooLarge } => new("✅ No alert message is too large any more", "Some were refused before.", NothingToDo),
        GlobalEvent.WebhookGood => new("✅ Alert messages are taken in again", "Some were refused before.", NothingToDo),
        AlertEvent.Unreadable x => new(
            "⚠️ An alert message cannot be read",
            $"Receipt {x.Receipt.ToString(CultureInfo.InvariantCulture)}: {x.Text}. It is kept; nothing was done for it.",
            "Look at Alertmanager yourself for what fires now."),
        _ => null,
    };

    private static string UnderWay(GlobalEvent.Frozen frozen) =>
        frozen.UnderWay is not { } ids ? "" : $" {string.Join(", ", ids)} {(ids.Count == 1 ? "is" : "are")} under way and {(ids.Count == 1 ? "goes" : "go")} on to {(ids.Count == 1 ? "its" : "their")} end.";
}
