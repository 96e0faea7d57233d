namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What the live object means for an undo that was pinned before (S1, S2). Pure.</summary>
internal static class LiveState
{
    /// <summary>How it ends without a write; null when the live template is still the pinned origin and may be replaced.</summary>
    public static UndoOutcome? Judge(UndoPin pin, KubernetesObject? live, string rollbackId, bool outcomeUnknown)
    {
        if (live is null)
            return new UndoOutcome.Refused(UndoRefusal.NotFound, $"{pin.Workload} does not exist any more");
        if (live.Uid != pin.Uid)
            return new UndoOutcome.Superseded($"{pin.Workload} was deleted and created again");

        var template = LiveTemplate.Of(live);
        var digest = PodTemplate.Digest(template);
        var written = live.Annotation(Marks.Rollback) == rollbackId && (live.Annotation(Marks.UndoneTo) ?? pin.Target.Digest) == pin.Target.Digest;
        if (digest == pin.Target.Digest || pin.Expected.Is(template))
            return outcomeUnknown && written
                ? new UndoOutcome.Applied(live.ResourceVersion, live.Generation, digest)
                : new UndoOutcome.AlreadyAtTarget(live.ResourceVersion, live.Generation, digest);
        if (digest != pin.OriginDigest)
            return new UndoOutcome.Superseded($"{pin.Workload} runs {Images(template)} by now, neither {pin.Origin} nor {pin.Target}");
        if (written)
            return new UndoOutcome.Superseded($"{pin.Workload} was taken back to {pin.Target} by us, and to {pin.Origin} again by somebody else");

        return UndoRules.Refusal(pin.Workload, live, pin.IsHeld, rollbackId) is { } refusal
            ? new UndoOutcome.Refused(refusal.Refusal, refusal.Text)
            : null;
    }

    private static string Images(System.Text.Json.Nodes.JsonObject template) =>
        string.Join(", ", PodTemplate.Images(template).Select(i => i.Image));
}
