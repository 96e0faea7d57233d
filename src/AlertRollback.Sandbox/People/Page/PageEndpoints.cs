using AlertRollback.Sandbox.People.Slack;
using AlertRollback.Sandbox.People.Statuspage;

namespace AlertRollback.Sandbox.People.Page;

/// <summary>The page: drawn here, drawn again every second by its script, and readable without.</summary>
internal static class PageEndpoints
{
    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPage(this WebApplication app, PretendSlack slack, PretendStatuspage statuspage, Func<ClusterView> cluster)
    {
        Html Now() => View(slack, statuspage, cluster());
        app.MapGet("/", (HttpResponse response) => Page(response, Frame(Now())));
        app.MapGet("/view", (HttpResponse response) => Page(response, Now()));
        app.MapGet("/page.css", () => Asset("page.css", "text/css"));
        app.MapGet("/page.js", () => Asset("page.js", "text/javascript"));
    }

    private static Html View(PretendSlack slack, PretendStatuspage statuspage, ClusterView cluster) => Html.Of(
        $"""
        {Glance(slack, statuspage, cluster)}
        <div class="columns"><div>{SlackHtml.Render(slack.Channels)}</div>
        <div>{ClusterHtml.Render(cluster)}{StatuspageHtml.Render(statuspage.Components, statuspage.Incidents)}{ClusterHtml.Requests(cluster.Requests)}</div></div>
        """);

    private static Html Glance(PretendSlack slack, PretendStatuspage statuspage, ClusterView cluster)
    {
        var (words, tone) = StatuspageHtml.Summary(statuspage.Components);
        var images = cluster.Deployments.Select(d => d.Image[(d.Image.LastIndexOf('/') + 1)..]).ToList();
        var writes = cluster.Requests.Count(r => r.IsWrite && r.Method == "PATCH");
        var messages = slack.Channels.Sum(c => c.Messages.Count(m => m.ThreadTs is null));
        return Html.Of(
            $"""
            <ul class="glance"><li><span>Release</span><b>{(images.Count == 0 ? "none yet" : string.Join(", ", images))}</b></li>
            <li><span>Patches to the cluster</span><b>{writes}</b></li>
            <li><span>Messages in Slack</span><b>{messages}</b></li>
            <li><span>Customers read</span><b class="{tone}">{words}</b></li></ul>
            """);
    }

    private static Html Frame(Html view) => Html.Of(
        $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>AlertRollback sandbox</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,"><link rel="stylesheet" href="page.css"><script src="page.js" defer></script>
        <noscript><meta http-equiv="refresh" content="3"></noscript></head>
        <body><header class="top"><h1>AlertRollback <span>sandbox</span></h1><p>Everything here is pretended, in one process on your machine. Times are UTC.</p><p id="live" role="status"></p></header>
        <main id="view">{view}</main></body></html>
        """);

    private static IResult Page(HttpResponse response, Html html)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(html.ToString(), "text/html; charset=utf-8");
    }

    private static IResult Asset(string name, string type) => Results.Stream(
        typeof(PageEndpoints).Assembly.GetManifestResourceStream($"{typeof(PageEndpoints).Namespace}.{name}")!, $"{type}; charset=utf-8");
}
