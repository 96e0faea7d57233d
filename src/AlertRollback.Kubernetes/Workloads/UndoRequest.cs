using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>An undo ready to be sent: the live object as it was read, and the target as it is kept.</summary>
internal sealed record UndoRequest(KubernetesObject Live, Revision Target)
{
    /// <summary>
    /// S1: replacing resourceVersion and uid makes the API server answer 409 when the object is another one by now. Not
    /// <c>test</c>, whose failure is a bare 422.
    /// </summary>
    public JsonArray Patch(string rollbackId) => [.. Preconditions(Live), .. Changes(rollbackId)];

    /// <summary>To see what would come of it. A status write in between, of which a rollout that is stuck has many, changes nothing of that.</summary>
    public JsonArray DryRun(string rollbackId) => [SameObject(Live), .. Changes(rollbackId)];

    // kubectl's undo puts back all annotations. Those of the release that is left would be taken for the target's, and its controller
    // writes them over what the target keeps.
    private IEnumerable<JsonNode> Changes(string rollbackId)
    {
        var notes = ReleaseNotes.BackAt(Live, Target).ToList();
        return
        [
            Operation("replace", "/spec/template", Target.Template.DeepClone()),
            .. Annotations(Live, [(Marks.Rollback, rollbackId), (Marks.UndoneTo, Target.Digest), .. notes.Where(n => n.Note is not null).Select(n => (n.Name, n.Note!))]),

            // Somebody may take it away in between, and what is not there cannot be removed: that would be a bare 422, and not a 409.
            .. notes.Where(n => n.Note is null).SelectMany(n => new[] { Operation("add", AnnotationPath(n.Name), ""), WithoutAnnotation(n.Name) }),
        ];
    }

    internal static JsonNode[] Preconditions(KubernetesObject live) =>
    [
        Operation("replace", "/metadata/resourceVersion", live.ResourceVersion),
        SameObject(live),
    ];

    private static JsonObject SameObject(KubernetesObject live) => Operation("replace", "/metadata/uid", live.Uid);

    internal static JsonObject Annotation(KubernetesObject live, string name, string value) => Annotations(live, (name, value)).Single();

    internal static JsonObject WithoutAnnotation(string name) => new() { ["op"] = "remove", ["path"] = AnnotationPath(name) };

    private static string AnnotationPath(string name) => $"/metadata/annotations/{name.Replace("/", "~1", StringComparison.Ordinal)}";

    private static IEnumerable<JsonObject> Annotations(KubernetesObject live, params IReadOnlyList<(string Name, string Value)> marks) =>
        live.At("metadata", "annotations") is JsonObject
            ? marks.Select(m => Operation("add", AnnotationPath(m.Name), m.Value))
            : [Operation("add", "/metadata/annotations", new JsonObject(marks.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)m.Value))))];

    internal static JsonObject Operation(string op, string path, JsonNode value) =>
        new() { ["op"] = op, ["path"] = path, ["value"] = value };
}

/// <summary>
/// What was read while pinning, for as long as applying follows at once. In memory only: templates hold secrets.
/// </summary>
internal sealed class UndoRequests(TimeProvider time)
{
    private static readonly TimeSpan fresh = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private readonly Dictionary<string, (UndoRequest Request, DateTimeOffset At)> byUid = [];

    public void Remember(UndoRequest request)
    {
        lock (gate)
        {
            foreach (var (uid, _) in byUid.Where(r => !IsFresh(r.Value.At)).ToList())
                byUid.Remove(uid);
            byUid[request.Live.Uid] = (request, time.GetUtcNow());
        }
    }

    /// <summary>The request of this very pin, once; null when it is too old or of another pin.</summary>
    public UndoRequest? Take(UndoPin pin, string rollbackId)
    {
        lock (gate)
        {
            return byUid.Remove(pin.Uid, out var kept) && IsFresh(kept.At)
                && kept.Request.Target.Digest == pin.Target.Digest
                && LiveState.Judge(pin, kept.Request.Live, rollbackId, outcomeUnknown: false) is null
                ? kept.Request
                : null;
        }
    }

    private bool IsFresh(DateTimeOffset at) => time.GetUtcNow() - at is var age && age >= TimeSpan.Zero && age <= fresh;
}
