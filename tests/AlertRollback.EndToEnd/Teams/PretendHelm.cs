using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// A stand-in for the helm program, which cannot be installed here: a script that answers as helm does, and takes the release's
/// Deployment back on the real cluster with kubectl.
/// </summary>
internal sealed class PretendHelm : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string script;

    public PretendHelm() => script = folder.Write("helm", $$"""
        cd {{folder.Path}}
        case "$1" in
        history) cat "$2.json" ;;
        rollback)
          echo "$*" >> calls
          kubectl -n "$5" set image "deployment/$2" "app=$2:2.4.0" >&2 || exit 1
          kubectl -n "$5" rollout status "deployment/$2" --timeout=60s >&2 || exit 1
          sed -e 's/"deployed"/"superseded"/' -e 's/]$/,{"revision":3,"updated":"2026-11-25T12:00:00Z","status":"deployed","chart":"x-1.4.0","app_version":"2.4.0","description":"Rollback to 1"}]/' "$2.json" > "$2.new"
          mv "$2.new" "$2.json"
          echo "Rollback was a success! Happy Helming!" ;;
        esac
        """);

    /// <summary>As the operator's configuration names it.</summary>
    public string Run => $"[/bin/sh, {script}]";

    public IReadOnlyList<string> Calls => [.. File.ReadAllLines(System.IO.Path.Combine(folder.Path, "calls")).Order()];

    /// <summary>A release that ran 2.4.0 for a day, and runs 2.4.1 now.</summary>
    public void Has(string release) => folder.Write($"{release}.json", """
        [{"revision":1,"updated":"2026-11-23T09:00:00.123456789Z","status":"superseded","chart":"x-1.4.0","app_version":"2.4.0","description":"Install complete"},{"revision":2,"updated":"2026-11-24T09:00:00Z","status":"deployed","chart":"x-1.4.1","app_version":"2.4.1","description":"Upgrade complete"}]
        """.Trim());

    public void Dispose() => folder.Dispose();
}
