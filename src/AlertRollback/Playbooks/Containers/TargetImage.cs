namespace AlertRollback.Playbooks.Containers;

/// <summary>Which image a container is to be taken back to, pinned to its id; it has to be on the engine already.</summary>
internal sealed class TargetImage(Engine engine, IRevisionLedger ledger)
{
    public const string Previous = "previous";
    public const string LastKnownGood = "last_known_good";

    public abstract record Choice
    {
        public sealed record Chosen(PinnedImage Image, IReadOnlyList<string> Warnings) : Choice;

        public sealed record Refused(Reason Reason, string Text) : Choice;
    }

    /// <exception cref="EngineException">The engine cannot be asked.</exception>
    public async Task<Choice> ChooseAsync(string wanted, string uid, ContainerState live, CancellationToken cancellation)
    {
        if (wanted is not (Previous or LastKnownGood))
            return await NamedAsync(wanted, uid, live, cancellation);
        var candidates = ledger.Earlier(uid).Where(e => e.Digest != live.ImageId && !ledger.IsQuarantined(uid, e.Digest)).ToList();
        if (candidates.Count == 0)
            return new Choice.Refused(Reason.NoCandidate, $"it was not seen what {live.Name} ran before {live.Image}: name the image");
        var target = wanted == Previous ? candidates[0] : candidates.FirstOrDefault(e => ledger.IsKnownGood(uid, e.Digest));
        if (target is null)
            return new Choice.Refused(Reason.NoKnownGood, $"no image that {live.Name} ran before is known to be good");
        return await engine.ImageAsync(target.Digest, cancellation) is null
            ? new Choice.Refused(Reason.TargetPruned, $"{target.Image} was removed from the engine; it is never pulled again: its tag may have moved")
            : new Choice.Chosen(new PinnedImage(target.Digest, target.Image), []);
    }

    private async Task<Choice> NamedAsync(string wanted, string uid, ContainerState live, CancellationToken cancellation)
    {
        if (await engine.ImageAsync(wanted, cancellation) is not { } image || image["Id"]?.GetValue<string>() is not { } id)
            return new Choice.Refused(Reason.TargetPruned, $"the image {wanted} is not on the engine, and images are never pulled by a rollback");
        if (id == live.ImageId)
            return new Choice.Refused(Reason.TargetEqualsCurrent, $"{live.Name} runs {wanted} already");
        return new Choice.Chosen(new PinnedImage(id, wanted), ledger.IsQuarantined(uid, id) ? [$"{wanted} was rolled back from before"] : []);
    }
}
