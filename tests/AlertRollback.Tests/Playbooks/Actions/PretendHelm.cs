using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>
/// A stand-in for the helm program: a script that answers with histories in the form of helm 3 and 4, and takes the one that
/// is prepared in its place when it is asked to roll back.
/// </summary>
internal sealed class PretendHelm : IDisposable
{
    /// <summary>2.4.0 for a day, 2.4.1 failed, 2.4.2 for five minutes, and now 2.4.3.</summary>
    public const string History = """
        [{"revision":4,"updated":"2026-11-22T09:00:00.123456789Z","status":"superseded","chart":"user-service-1.4.0","app_version":"2.4.0","description":"Upgrade complete"},
         {"revision":5,"updated":"2026-11-23T10:00:00.5Z","status":"failed","chart":"user-service-1.4.1","app_version":"2.4.1","description":"Upgrade \"user-service\" failed: timed out waiting for the condition"},
         {"revision":6,"updated":"2026-11-23T11:50:00Z","status":"superseded","chart":"user-service-1.4.2","app_version":"2.4.2","description":"Upgrade complete"},
         {"revision":7,"updated":"2026-11-23T11:55:00Z","status":"deployed","chart":"user-service-1.4.3","app_version":"2.4.3","description":"Upgrade complete"}]
        """;

    private readonly Scripts _scripts = new();

    public PretendHelm()
    {
        // Its environment is the operator's alone.
        _scripts.Write("helm", $$"""
            cd {{_scripts.Folder}}
            [ "$KUBECONFIG" = /etc/admission/kubeconfig ] || { echo "Error: Kubernetes cluster unreachable" >&2; exit 1; }
            [ "$1" = rollback ] && echo "$*" >> calls
            [ -e unreachable ] && { echo "Error: Kubernetes cluster unreachable" >&2; exit 1; }
            case "$1" in
            history) [ -e history.json ] || { echo "Error: release: not found" >&2; exit 1; }; cat history.json ;;
            rollback) [ -e after.json ] && cp after.json history.json; [ -e error ] && { cat error >&2; exit 1; }; echo "Rollback was a success! Happy Helming!" ;;
            esac
            """);
        Be(History);
        Next(8, "deployed", "Rollback to 4");
    }

    public IReadOnlyList<string> Calls => File.Exists(_scripts.At("calls")) ? File.ReadAllLines(_scripts.At("calls")) : [];

    public void Be(string history) => File.WriteAllText(_scripts.At("history.json"), history);

    public void Forget() => File.Delete(_scripts.At("history.json"));

    public void BeUnreachable() => File.WriteAllText(_scripts.At("unreachable"), "");

    /// <summary>What a rollback leaves behind; a null number: nothing.</summary>
    public void Next(long? number, string status = "", string description = "", string? error = null)
    {
        if (number is null)
            File.Delete(_scripts.At("after.json"));
        else
            File.WriteAllText(_scripts.At("after.json"), With(History, number.Value, status, description));
        if (error is not null)
            File.WriteAllText(_scripts.At("error"), error);
    }

    /// <summary>A history with one more revision, which supersedes the newest.</summary>
    public static string With(string history, long number, string status, string description)
    {
        var lines = JsonNode.Parse(history)!.AsArray();
        lines[^1]!["status"] = "superseded";
        lines.Add(new JsonObject { ["revision"] = number, ["updated"] = "2026-11-23T12:00:00Z", ["status"] = status, ["chart"] = "user-service-1.4.0", ["app_version"] = "2.4.0", ["description"] = description });
        return lines.ToJsonString();
    }

    public string Newest => JsonNode.Parse(File.ReadAllText(_scripts.At("history.json")))!.AsArray()[^1] is { } last
        ? $"{last["revision"]} {last["status"]}: {last["description"]}"
        : "";

    /// <param name="cluster">Where the service's workload is; null: nowhere.</param>
    /// <param name="secret">A file that helm's environment is read from, besides; null: none.</param>
    /// <param name="timeout">How long helm may run; null: as long as any command.</param>
    public HelmRollbackAction Action(
        TimeProvider? time = null, bool granted = true, AlertRollback.Kubernetes.IKubernetesApi? cluster = null, IRevisionLedger? ledger = null, string? secret = null,
        TimeSpan? timeout = null)
    {
        var environment = new Dictionary<string, GrantedVariable> { ["KUBECONFIG"] = new("/etc/admission/kubeconfig", null) };
        if (secret is not null)
            environment["HELM_KUBETOKEN"] = new(null, secret);
        var operators = Acting.Granting(new TeamGrants
        {
            Namespaces = ["production"],
            Commands = granted
                ? new Dictionary<string, GrantedCommand> { ["helm"] = new([_scripts.At("helm")]) { Environment = environment, Timeout = timeout ?? GrantedCommand.DefaultTimeout } }
                : new Dictionary<string, GrantedCommand>(),
        });
        return new HelmRollbackAction(
            new GrantedCommands(operators, _scripts.Programs()), new Clusters(cluster ?? new AlertRollback.Kubernetes.NoCluster("none", AlertRollback.Kubernetes.KubernetesFault.NoCluster)), ledger ?? new FakeRevisionLedger(), operators, time ?? TimeProvider.System);
    }

    public static AlertRollback.Matrix.ServiceDefinition Service => Acting.Service("""{"helm_release": "production/user-service"}""");

    public void Dispose() => _scripts.Dispose();
}
