namespace AlertRollback.Web;

/// <summary>Headers for every answer. An endpoint that needs more, such as a page with its own styles, replaces them.</summary>
internal static class SecurityHeaders
{
    public static void Set(IHeaderDictionary headers)
    {
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("Cache-Control", "no-store");
    }
}
