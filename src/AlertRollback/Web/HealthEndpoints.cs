using System.Globalization;
using System.Text;

namespace AlertRollback.Web;

/// <summary>What probes ask, without credentials.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", (RequestDelegate)(context => context.Response.WriteAsync("alive\n", context.RequestAborted)));
        endpoints.MapGet("/readyz", (RequestDelegate)ReadyAsync);
    }

    private static Task ReadyAsync(HttpContext context)
    {
        var troubles = context.RequestServices.GetRequiredService<Readiness>().Troubles();
        context.Response.StatusCode = troubles.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Text(troubles), context.RequestAborted);
    }

    private static string Text(IReadOnlyList<(string Name, string Trouble)> troubles)
    {
        if (troubles.Count == 0)
            return "ready\n";
        var text = new StringBuilder("not ready\n");
        foreach (var (name, trouble) in troubles)
            text.Append(CultureInfo.InvariantCulture, $"{name}: {trouble}\n");
        return text.ToString();
    }
}
