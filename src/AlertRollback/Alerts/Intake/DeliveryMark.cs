using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Alerts.Intake;

/// <summary>
/// What makes two deliveries the same: which alerts are in which state since when. Not the group key, which changes when
/// routes are edited, nor the order, nor the text around it (alertmanager-facts 9 to 11).
/// </summary>
internal static class DeliveryMark
{
    public static string Of(WebhookMessage message)
    {
        var keys = new string[message.Alerts.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = Key(message.Alerts[i]);
        Array.Sort(keys, StringComparer.Ordinal);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in keys)
            hash.AppendData(Encoding.UTF8.GetBytes(key));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // The fingerprint is the sender's text, so its length goes first: no two lists of alerts read the same.
    private static string Key(Alert alert) => string.Create(
        CultureInfo.InvariantCulture,
        $"{alert.Fingerprint.Length}:{alert.Fingerprint}{(alert.Status == AlertStatus.Firing ? 'f' : 'r')}{alert.StartsAt.UtcTicks};");
}
