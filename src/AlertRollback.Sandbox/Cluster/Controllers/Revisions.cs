using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>The annotations by which a Deployment numbers its ReplicaSets.</summary>
internal static class Revisions
{
    public const string Number = "deployment.kubernetes.io/revision";
    public const string History = "deployment.kubernetes.io/revision-history";
    public const string Desired = "deployment.kubernetes.io/desired-replicas";
    public const string Most = "deployment.kubernetes.io/max-replicas";

    private static readonly string[] NotCopied = [Number, History, Desired, Most, "kubectl.kubernetes.io/last-applied-configuration"];

    public static long Of(StoredObject set) => Parse(set.Annotation(Number));

    /// <summary>Copies the Deployment's annotations and gives the set the number, keeping the one it had in its history.</summary>
    public static void Annotate(JsonObject set, StoredObject deployment, long number)
    {
        var annotations = set.Need("metadata", "annotations");
        foreach (var (name, value) in deployment.Json.TextsAt("metadata", "annotations"))
        {
            if (!NotCopied.Contains(name)) annotations[name] = value;
        }

        var old = annotations.TextAt(Number);
        if (Parse(old) >= number) return;
        annotations[Number] = Text(number);
        if (old is null) return;
        var history = annotations.TextAt(History);
        annotations[History] = string.IsNullOrEmpty(history) ? old : $"{history},{old}";
    }

    public static void AnnotateReplicas(JsonObject set, int desired, int most)
    {
        var annotations = set.Need("metadata", "annotations");
        annotations[Desired] = Text(desired);
        annotations[Most] = Text(most);
    }

    private static long Parse(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
