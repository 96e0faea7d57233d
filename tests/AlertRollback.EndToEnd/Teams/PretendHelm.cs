using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// A stand-in for the helm program, which cannot be installed here: a script that answers as helm does, and takes back what the
/// release consists of on the real cluster with kubectl.
/// </summary>
internal sealed class PretendHelm : IDisposable
{
    /// <summary>A Rollout and a ConfigMap, which the applications read as it changes.</summary>
    public const string RolloutAndSettings = """
        kubectl -n "$5" patch rollouts.argoproj.io "$2" --type=json -p "[{\"op\": \"replace\", \"path\": \"/spec/template/spec/containers/0/image\", \"value\": \"$2:2.4.0\"}]" >&2 || exit 1
        kubectl -n "$5" patch configmap "$2-settings" --type=merge -p '{"data": {"FEATURES": "stable"} }' >&2 || exit 1
        """;

    private const string Deployment = """
        kubectl -n "$5" set image "deployment/$2" "app=$2:2.4.0" >&2 || exit 1
        kubectl -n "$5" rollout status "deployment/$2" --timeout=60s >&2 || exit 1
        """;

    private readonly TemporaryFolder folder = new();
    private readonly string script;

    /// <param name="revision1">What takes a release back to its revision 1.</param>
    public PretendHelm(string revision1 = Deployment) => script = folder.Write("helm", $$"""
        cd {{folder.Path}}
        case "$1" in
        history) cat "$2.json" ;;
        rollback)
          echo "$*" >> calls
          {{revision1}}
          sed -e 's/"deployed"/"superseded"/' -e 's/]$/,{"revision":3,"updated":"2026-11-25T12:00:00Z","status":"deployed","chart":"x-1.4.0","app_version":"2.4.0","description":"Rollback to 1"}]/' "$2.json" > "$2.new"
          mv "$2.new" "$2.json"
          echo "Rollback was a success! Happy Helming!" ;;
        esac
        """);

    private string Run => $"[/bin/sh, {script}]";

    /// <summary>What was asked of it, without what it waits for.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Log) ? [.. File.ReadAllLines(Log).Select(c => c[..c.IndexOf(" --wait", StringComparison.Ordinal)]).Order()] : [];

    private string Log => System.IO.Path.Combine(folder.Path, "calls");

    /// <summary>The operator grants it to the team of this stage.</summary>
    public void Grant(TeamStage stage)
    {
        stage.OperatorChanges.Add(("run: [/usr/local/bin/helm]", $"run: {Run}"));
        stage.OperatorChanges.Add(("KUBECONFIG: /etc/alertrollback/helm/kubeconfig", $"KUBECONFIG: {stage.Space.Kubeconfig}"));
    }

    /// <summary>A release that ran 2.4.0 for a day, and runs 2.4.1 now.</summary>
    public void Has(string release) => folder.Write($"{release}.json", """
        [{"revision":1,"updated":"2026-11-23T09:00:00.123456789Z","status":"superseded","chart":"x-1.4.0","app_version":"2.4.0","description":"Install complete"},{"revision":2,"updated":"2026-11-24T09:00:00Z","status":"deployed","chart":"x-1.4.1","app_version":"2.4.1","description":"Upgrade complete"}]
        """.Trim());

    public void Dispose() => folder.Dispose();
}
