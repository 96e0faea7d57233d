using System.Net;

namespace AlertRollback.Web.Credentials;

/// <summary>What may go without credentials: a call from this machine to this machine, and not from a web page.</summary>
internal static class LocalCalls
{
    /// <summary>Null when the addresses are safe, else the reason why the service must not start.</summary>
    /// <param name="addresses">As configured, separated by semicolons.</param>
    public static string? FaultOfListening(string addresses, bool hasWebhookCredentials)
    {
        if (hasWebhookCredentials)
            return null;
        var open = addresses.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(a => !IsLocal(a));
        return open is null ? null
            : $"{open} can be reached from other machines and no webhook credentials are configured; add one under webhook:, or listen on http://127.0.0.1:8080";
    }

    // The host is looked at because of DNS rebinding: a page's own name may lead to this machine.
    public static bool IsLocal(HttpContext context) =>
        IsLocal(context.Connection.RemoteIpAddress) && IsLocal(context.Connection.LocalIpAddress)
        && IsLocalName(context.Request.Host.Host) && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded");

    /// <summary>A browser tells when another site's page sent it; other programs tell nothing.</summary>
    public static bool IsFromAnotherSite(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
            return site is not ("same-origin" or "none");
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsLocal(string address)
    {
        try
        {
            var binding = BindingAddress.Parse(address);
            return binding.IsUnixPipe || IsLocalName(binding.Host);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // No address: a Unix socket, or a server in memory.
    private static bool IsLocal(IPAddress? address) => address is null || IPAddress.IsLoopback(address);
}
