using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>What the actions share that change a workload's pod template.</summary>
internal static class WorkloadChange
{
    public static readonly ObjectPath Spec = EditPin.Template.Member("spec");

    /// <summary>The change of a workload's template; what may be secret in it is put back from the revision that keeps it.</summary>
    public static Wanted Of(WorkloadSnapshot snapshot, IReadOnlyList<Change> changes) => new(snapshot.Workload.Object, snapshot.Live, changes)
    {
        Kept = snapshot.Current is { } current ? new KeptTemplate(snapshot.Workload.RevisionResource, current.Identity, current.Uid) : null,
    };

    /// <summary>The workload with its revisions, if the object is one.</summary>
    public static async Task<WorkloadSnapshot?> SnapshotAsync(IKubernetesApi api, ObjectRef target, CancellationToken cancellation) =>
        WorkloadRef.Parse(target.ToString()) is { } workload ? await new WorkloadReader(api).ReadAsync(workload, cancellation) : null;

    // The present revision is pruned at once where none is kept, and by the next change, e.g. an undo, where one is.
    private const long FewestKept = 2;

    /// <summary>What has to be said where values that may be secret are kept by no revision, or not for long.</summary>
    public static IEnumerable<string> Unkept(EditPin pin, KubernetesObject? live)
    {
        if (pin.Kept is not null && live?.Number("spec", "revisionHistoryLimit") is < FewestKept and var kept)
            yield return $"{pin.Object} keeps {kept} old revisions (revisionHistoryLimit): values that are replaced could not be put back once the present one is pruned.";
        if (pin.Unkept.Count > 0)
        {
            yield return WorkloadRef.Parse(pin.Object.ToString()) is not null
                ? $"No revision of {pin.Object} keeps its present template yet: values that are replaced could not be put back."
                : $"What stands at {EditPin.Text(pin.Unkept)} of {pin.Object} is kept nowhere, as it may be secret: it could not be put back.";
        }
    }

    /// <summary>When the running release became current; null when it cannot be told (S9).</summary>
    public static DateTimeOffset? SuspectSince(IRevisionLedger ledger, WorkloadSnapshot snapshot)
    {
        // A restart makes a new revision of the same release, and no release younger: the first of them is asked for.
        var first = snapshot.Revisions
            .SkipWhile(r => snapshot.Current is { } current && r != current)
            .TakeWhile(r => !PodTemplate.DiffersBeyondMarks(r.Template, snapshot.Template))
            .LastOrDefault();
        var seen = ledger.BecameCurrentAt(snapshot.Uid, snapshot.Digest, snapshot.Current?.Number);

        // What was current before is only known from there on where the last change was seen: else it may have come back since.
        if (first is not null && first.Digest != snapshot.Digest)
            seen = seen is null ? null : ledger.LastBecameCurrentAt(snapshot.Uid, first.Digest);
        return seen ?? (first is { TimeIsReliable: true } ? first.CreatedAt : null);
    }

    /// <summary>
    /// Whether the running release was put back: undoing that would bring back what somebody went away from. One that is in
    /// quarantine and was deployed again is a suspect all the same.
    /// </summary>
    public static bool WasPutBack(IRevisionLedger ledger, WorkloadSnapshot snapshot)
    {
        if (SuspectSince(ledger, snapshot) is not { } since)
            return false;

        // A restart gives the same release another digest.
        var release = snapshot.Revisions.Where(r => !PodTemplate.DiffersBeyondMarks(r.Template, snapshot.Template)).Select(r => r.Digest).Append(snapshot.Digest).Distinct().ToList();
        return !release.Exists(d => ledger.IsQuarantined(snapshot.Uid, d)) && release.Exists(d => ledger.WasPutBack(snapshot.Uid, d, since));
    }

    /// <summary>A workload's release, the same whenever and by whichever action it is looked at.</summary>
    public static string Release(string uid, string digest) => $"{uid}/{digest}";

    /// <summary>The plan of a change that replaces the running release.</summary>
    /// <param name="after">The images that run afterwards; where they are others, as after an undo, nothing goes back to this release later.</param>
    public static PinOutcome Replacing(StepContext context, PinOutcome outcome, IRevisionLedger ledger, WorkloadSnapshot snapshot, IReadOnlyList<ContainerImage> after)
    {
        if (outcome is not PinOutcome.Pinned pinned)
            return outcome;
        // What changes the release and keeps it, or puts it back itself, brings back nothing that somebody went away from.
        var leaves = LeftRelease.IsLeft(snapshot, after) && !context.IsPutBack;
        if (leaves)
            LeftRelease.Keep(pinned.Pin, snapshot, after);
        return pinned with
        {
            HasSuspect = true,
            Suspect = Release(snapshot.Uid, snapshot.Digest),
            SuspectSince = SuspectSince(ledger, snapshot),
            WasPutBack = leaves && WasPutBack(ledger, snapshot),
            Irreversible = Irreversibility.Of(snapshot.Live),
        };
    }

    /// <summary>The container that is meant: the named one, the only one, or the one called like the workload; null when it cannot be told.</summary>
    public static JsonObject? Container(WorkloadSnapshot snapshot, string? name)
    {
        var containers = PodTemplate.Containers(snapshot.Template, "containers").ToList();
        var named = containers.FirstOrDefault(c => c["name"]?.ToString() == (name ?? snapshot.Workload.Name));
        return named ?? (name is null && containers.Count == 1 ? containers[0] : null);
    }

    public static PinOutcome NoContainer(WorkloadSnapshot snapshot, string? name)
    {
        var names = string.Join(", ", PodTemplate.Containers(snapshot.Template, "containers").Select(c => c["name"]?.ToString()));
        return name is null
            ? new PinOutcome.Refused(Reason.Ambiguous, $"{snapshot.Workload} has several containers ({names}): name one")
            : new PinOutcome.Refused(Reason.NotFound, $"{snapshot.Workload} has no container {name}, but {names}");
    }

    public static ObjectPath PathOf(JsonObject container) => Spec.Member("containers").Item("name", container["name"]!.ToString());

    /// <summary>Reads the service's workload and pins what is wanted of it.</summary>
    public static async Task<PinOutcome> PinAsync(
        StepContext context, IKubernetesApi api, Func<WorkloadSnapshot, Task<PinOutcome>> pin, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return ServiceWorkload.NotDeclared(context.Service);
        try
        {
            return await new WorkloadReader(api).ReadAsync(workload, cancellation) switch
            {
                null => new PinOutcome.Refused(Reason.NotFound, $"{workload} does not exist"),
                { IsUnseen: true } => new PinOutcome.CannotTell($"Argo's controller has not seen the last change of {workload}"),
                var snapshot => await pin(snapshot),
            };
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }
}
