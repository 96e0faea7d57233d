namespace AlertRollback.Sandbox.People.Page;

/// <summary>What runs in the cluster, and what its API was asked.</summary>
internal static class ClusterHtml
{
    private const int MostReads = 15;

    public static Html Render(ClusterView view) => Html.Of(
        $"""
        <section class="panel cluster"><header><h2>Cluster</h2><p>what runs</p></header>
        {(view.Deployments.Count == 0 ? Html.Of($"<p class=\"empty\">Nothing is deployed.</p>") : Html.Join(view.Deployments.Select(Deployment)))}
        </section>
        """);

    public static Html Requests(IReadOnlyList<RequestView> requests) => Html.Of(
        $"""
        <section class="panel requests"><header><h2>Kubernetes API</h2><p>what it was asked</p></header>
        {(requests.Count == 0 ? Html.Of($"<p class=\"empty\">No requests.</p>") : Log(requests))}
        </section>
        """);

    private static Html Deployment(DeploymentView deployment)
    {
        var ready = deployment.Pods.Count(p => p.Ready);
        var (name, tag) = Image(deployment.Image);
        return Html.Of(
            $"""
            <article class="deployment"><h3>{deployment.Namespace} / {deployment.Name}</h3>
            <dl><div><dt>Image</dt><dd><code>{name}<b class="{Tone(deployment.Image)}">{tag}</b></code></dd></div>
            <div><dt>Revision</dt><dd>{(deployment.Revision.Length == 0 ? "–" : deployment.Revision)}</dd></div>
            <div><dt>Ready</dt><dd class="{(ready >= deployment.Wanted ? "good" : "warn")}">{ready} of {deployment.Wanted}</dd></div></dl>
            <ul class="pods">{Html.Join(deployment.Pods.Select(Pod))}</ul></article>
            """);
    }

    private static Html Pod(RunningPod pod) => Html.Of(
        $"<li><span class=\"dot {(pod.Ready ? "good" : "warn")}\"></span><span class=\"name\">{pod.Name}</span><code class=\"{Tone(pod.Image)}\">{Image(pod.Image).Tag}</code><span class=\"ready\">{(pod.Ready ? "ready" : "not ready")}</span></li>");

    private static Html Log(IReadOnlyList<RequestView> requests)
    {
        RequestView[] reads = [.. requests.Where(r => !r.IsWrite && !r.IsDryRun)];
        RequestView[] others = [.. requests.Where(r => r.IsWrite || r.IsDryRun)];
        var writes = requests.Count(r => r.IsWrite);
        return Html.Of(
            $"""
            <p class="counts"><b>{writes}</b> {(writes == 1 ? "change" : "changes")}, <b>{others.Length - writes}</b> {(others.Length - writes == 1 ? "dry run" : "dry runs")}, newest first</p>
            <ol class="log">{Html.Join(others.Reverse().Select(Request))}</ol>
            <p class="counts"><b>{reads.Length}</b> {(reads.Length == 1 ? "read" : "reads")}{(reads.Length > MostReads ? Html.Of($", the newest {MostReads}") : default)}</p>
            <ol class="log">{Html.Join(reads.TakeLast(MostReads).Reverse().Select(Request))}</ol>
            """);
    }

    private static Html Request(RequestView request)
    {
        var kind = request switch { { IsWrite: true } => "write", { IsDryRun: true } => "dry", _ => "read" };
        return Html.Of(
            $"<li class=\"{kind}\"><time>{request.Time}</time><b>{request.Method}</b><span class=\"path\">{request.Path}</span><span class=\"status {(request.Status >= 400 ? "warn" : "")}\">{(request.Status == 0 ? Html.Of($"…") : Html.Of($"{request.Status}"))}</span></li>");
    }

    private static (string Name, string Tag) Image(string image) =>
        image.LastIndexOf(':') is > 0 and var at ? (image[..(at + 1)], image[(at + 1)..]) : (image, "");

    /// <summary>Bad releases of the demo say so in their tag.</summary>
    private static string Tone(string image) =>
        new[] { "errors", "slow", "bad", "broken" }.Any(w => Image(image).Tag.Contains(w, StringComparison.Ordinal)) ? "bad" : "good";
}
