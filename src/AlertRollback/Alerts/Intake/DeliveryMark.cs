using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Alerts.Intake;

/// <summary>
/// What makes two deliveries the same: which alerts are in which state since when. Not the group key, which changes when
/// routes are edited, nor the order, nor the text around it (A9, A10, A11). And what it is decided by: Alertmanager
/// repeats an alert as it was, and a corrected matrix has to see that once.
/// </summary>
internal static class DeliveryMark
{
    public static string Of(WebhookMessage message, DateTimeOffset receivedAt, string decidedBy)
    {
        var keys = new string[message.Alerts.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = Key(message.Alerts[i], receivedAt);
        Array.Sort(keys, StringComparer.Ordinal);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in keys)
            hash.AppendData(Encoding.UTF8.GetBytes(key));
        hash.AppendData(Encoding.UTF8.GetBytes(decidedBy));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // The fingerprint is the sender's text, so its length goes first: no two lists of alerts read the same.
    private static string Key(Alert alert, DateTimeOffset receivedAt) => string.Create(
        CultureInfo.InvariantCulture,
        $"{alert.Fingerprint.Length}:{alert.Fingerprint}{(alert.Status == AlertStatus.Firing ? 'f' : 'r')}{Start(alert, receivedAt)}{End(alert, receivedAt)};");

    // Without a start, one that fires anew says the same as long before. Each hour is decided once: while it fires that leads to nothing.
    private static long Start(Alert alert, DateTimeOffset receivedAt) => alert.StartsAt != DateTimeOffset.MinValue || alert.Status == AlertStatus.Resolved
        ? alert.StartsAt.UtcTicks
        : receivedAt.UtcTicks / TimeSpan.TicksPerHour;

    // An alert that resolved falsely, and really later on, says twice that it resolved since the same start. A repeat costs
    // nothing, a lost resolution leaves it firing for ever: who does not say when it ended is heard every time.
    private static string End(Alert alert, DateTimeOffset receivedAt) => alert.Status == AlertStatus.Firing
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"-{(alert.EndsAt ?? receivedAt).UtcTicks}");
}
