using AlertRollback.Sandbox.People.Statuspage;

namespace AlertRollback.Sandbox.People.Page;

/// <summary>The status page as customers see it.</summary>
internal static class StatuspageHtml
{
    // From best to worst.
    private static readonly (string Status, string Words, string Summary, string Tone)[] States =
    [
        ("operational", "Operational", "All systems operational", "good"),
        ("under_maintenance", "Under maintenance", "Maintenance under way", "calm"),
        ("degraded_performance", "Degraded performance", "Degraded performance", "warn"),
        ("partial_outage", "Partial outage", "Partial outage", "warn"),
        ("major_outage", "Major outage", "Major outage", "bad"),
    ];

    /// <summary>How the worst component is, in words and as a tone.</summary>
    public static (string Words, string Tone) Summary(IReadOnlyList<PretendComponent> components)
    {
        var worst = components.Count == 0 ? States[0] : components.Select(c => State(c.Status)).MaxBy(s => Array.IndexOf(States, s));
        return (worst.Summary, worst.Tone);
    }

    public static Html Render(IReadOnlyList<PretendComponent> components, IReadOnlyList<PretendIncident> incidents)
    {
        var (words, tone) = Summary(components);
        return Html.Of(
            $"""
            <section class="panel statuspage"><header><h2>Status page</h2><p>what customers read</p></header>
            <p class="banner {tone}">{words}</p>
            <ul class="components">{Html.Join(components.Select(Component))}</ul>
            <h3>Incidents</h3>
            {(incidents.Count == 0 ? Html.Of($"<p class=\"empty\">No incidents reported. One is published only when a rollback takes longer than the service's <code>publish_after</code>.</p>") : Html.Join(incidents.Select(Incident)))}
            </section>
            """);
    }

    private static Html Component(PretendComponent component)
    {
        var (_, words, _, tone) = State(component.Status);
        return Html.Of($"<li><span>{component.Name}</span><span class=\"state {tone}\">{words}</span></li>");
    }

    private static Html Incident(PretendIncident incident) => Html.Of(
        $"""
        <article class="incident {(incident.Status == "resolved" ? "good" : "warn")}"><h4>{incident.Name}</h4>
        {Html.Join(incident.Updates.Select(u => Html.Of($"<p class=\"update\"><b>{Words(u.Status)}</b> <span class=\"body\">{u.Body}</span> <time>{u.At} UTC</time></p>")))}
        </article>
        """);

    private static (string Status, string Words, string Summary, string Tone) State(string status) =>
        Array.Find(States, s => s.Status == status) is { Status: not null } known ? known : States[0];

    private static string Words(string status) => char.ToUpperInvariant(status[0]) + status[1..].Replace('_', ' ');
}
