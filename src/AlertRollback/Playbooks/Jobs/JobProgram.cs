using System.Text.Json.Nodes;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>
/// A Job that runs one program once, whose exit code, output and errors are read like those of any program. What it prints is
/// the pod's log; its errors go where Kubernetes keeps a container's last words (terminationMessagePath, at most 4 KiB, the
/// end), so that the two never mix.
/// </summary>
/// <param name="Secrets">Variables by name, each from a key of a Secret: the values never come here.</param>
/// <param name="Account">The pod's service account; null: as it is.</param>
/// <param name="Claim">A volume claim and where it is mounted; null: none.</param>
public sealed record JobProgram(IReadOnlyList<(string Name, SecretKey From)> Secrets, string? Account = null, (string Name, string Path)? Claim = null)
{
    public const string LastWords = "/dev/termination-log";

    private const string Volume = "alertrollback-claim";
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>A pod of an image that runs these arguments and gets nothing else.</summary>
    public static JobRecipe Of(string image, IReadOnlyList<string> command, TimeSpan longest) =>
        new(null, null, image, command, [], [], null, Retries: 0, longest, Kept) { Program = new JobProgram([]) };

    public void Into(JsonObject pod, JsonObject container)
    {
        // OnFailure would have the node run the program again.
        pod["restartPolicy"] = "Never";
        (container["terminationMessagePath"], container["terminationMessagePolicy"]) = (LastWords, "File");
        if (Account is not null)
            pod["serviceAccountName"] = Account;
        if (Secrets.Count > 0)
            container["env"] = new JsonArray([.. Items(container["env"]).Where(v => Secrets.All(s => s.Name != v["name"]?.ToString())).Select(v => v.DeepClone()), .. Secrets.Select(Variable)]);
        if (Claim is not var (name, path))
            return;
        pod["volumes"] = new JsonArray([.. Items(pod["volumes"]).Select(v => v.DeepClone()), new JsonObject { ["name"] = Volume, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name } }]);
        container["volumeMounts"] = new JsonArray([.. Items(container["volumeMounts"]).Select(v => v.DeepClone()), new JsonObject { ["name"] = Volume, ["mountPath"] = path }]);
    }

    private static JsonObject Variable((string Name, SecretKey From) secret) => new()
    {
        ["name"] = secret.Name,
        ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = secret.From.Secret, ["key"] = secret.From.Key } },
    };

    private static IEnumerable<JsonObject> Items(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];
}
