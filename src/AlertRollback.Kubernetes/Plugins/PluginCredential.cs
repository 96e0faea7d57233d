using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Plugins;

/// <summary>What a plugin printed: a token, a client certificate, or both, and until when they are good.</summary>
internal sealed record PluginCredential(string? Token, X509Certificate2? Certificate, DateTimeOffset? Expires)
{
    /// <summary>Reads an <c>ExecCredential</c>. What it cannot read it does not quote: it may hold the credential.</summary>
    public static PluginCredential Parse(string text, string apiVersion)
    {
        if (ParseObject(text) is not { } printed)
            throw new PluginException("it printed no ExecCredential");
        if (printed["kind"]?.ToString() != "ExecCredential" || printed["apiVersion"]?.ToString() != apiVersion)
            throw new PluginException($"it printed no ExecCredential of {apiVersion}");
        var status = printed["status"] as JsonObject ?? throw new PluginException("it printed an ExecCredential without status");
        var token = Text(status, "token");
        var certificate = CertificateOf(status);
        return token is null && certificate is null
            ? throw new PluginException("it printed neither a token nor a client certificate")
            : new PluginCredential(token, certificate, Expiry(status, certificate));
    }

    private static X509Certificate2? CertificateOf(JsonObject status)
    {
        var (certificate, key) = (Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw new PluginException("it printed a client certificate without its key, or a key without its certificate");
        try
        {
            return ClientCertificate.FromPem(certificate, key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new PluginException("it printed a client certificate that cannot be read", fault);
        }
    }

    private static DateTimeOffset? Expiry(JsonObject status, X509Certificate2? certificate)
    {
        var end = certificate?.NotAfter.ToUniversalTime();
        if (Text(status, "expirationTimestamp") is not { } stamp)
            return end;
        return DateTimeOffset.TryParse(stamp, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var said)
            ? end < said ? end : said
            : throw new PluginException("it printed an expirationTimestamp that is no time");
    }

    private static string? Text(JsonObject status, string member) => status[member]?.ToString() is { Length: > 0 } text ? text : null;

    private static JsonObject? ParseObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
