namespace AlertRollback.Kubernetes.Edits;

/// <summary>
/// Carries out a pinned change of an object, and puts it back only while it is still ours: compare and patch (S1, S2, S7).
/// Safe to repeat.
/// </summary>
public sealed class ObjectEdit(IKubernetesApi api, TimeProvider time)
{
    /// <summary>From what was pinned to what is wanted.</summary>
    /// <param name="mayWrite">Asked right before each write; null: it may.</param>
    public Task<EditOutcome> ApplyAsync(EditPin pin, StepMark mark, CancellationToken cancellation, Func<Task<bool>>? mayWrite = null) =>
        ConvergeAsync(pin, async () =>
        {
            var live = await api.GetAsync(pin.Object, cancellation);
            var ended = JudgeForward(pin, live, mark);
            if (ended is (null or EditOutcome.AlreadyThere) && live is not null && !pin.AfterOwn && pin.ServerSide is { Manifest: not null } again
                && await BeyondAsync(pin, live, again, mark, cancellation) is { } beyond)
                return beyond;
            if (ended is not null)
                return ended;
            if (mayWrite is not null && !await mayWrite())
                return new EditOutcome.Withheld();
            if (pin.ServerSide is { } form)
                return await ApplyAsync(pin, live, form, mark, cancellation);
            return new EditOutcome.Applied(live is null
                ? await api.CreateAsync(pin.Kind, pin.Namespace, EditPatch.Creation(pin, mark), new WriteOptions(), cancellation)
                : await api.JsonPatchAsync(pin.Object, EditPatch.Forward(pin, live, mark), new WriteOptions(), cancellation));
        }, cancellation);

    /// <summary>Back to what was pinned, only while what is live is still what we set. What we created is deleted.</summary>
    public Task<EditOutcome> RestoreAsync(EditPin pin, StepMark mark, CancellationToken cancellation) =>
        ConvergeAsync(pin, async () =>
        {
            var live = await api.GetAsync(pin.Object, cancellation);
            if (live is not null && EditState.IsPartlyBack(pin, live, mark))
                return PartlyBack(pin);
            if (JudgeBack(pin, live, mark) is { } ended)
                return ended;
            if (pin.Body is not null)
                return await DeleteAsync(pin, live!, cancellation);
            var back = pin with { Places = [.. pin.Places.Except(pin.Unkept)] };
            if (pin.Places.Count > 0 && back.Places.Count == 0)
                return new EditOutcome.Refused(EditRefusal.ValuesGone, $"{pin.Object} stays as it is: what stood at {EditPin.Text(pin.Unkept)} is kept nowhere");
            if (await OldValues.ReadAsync(api, back, cancellation) is not { } values)
                return new EditOutcome.Refused(EditRefusal.ValuesGone, $"{pin.Object} stays as it is: revision {pin.Kept?.Name} that kept the old values is gone");
            var restored = await api.JsonPatchAsync(pin.Object, EditPatch.Back(back, live!, mark, values, isAll: pin.Unkept.Count == 0), new WriteOptions(), cancellation);
            return pin.Unkept.Count == 0 ? new EditOutcome.Applied(restored) : PartlyBack(pin);
        }, cancellation);

    private static EditOutcome.Refused PartlyBack(EditPin pin) => new(
        EditRefusal.ValuesGone, $"{pin.Object} {EditPin.Text(pin.Unkept)}: what stood there is kept nowhere; the other places of the change are as they were");

    // The pin has the places that differed; a manifest names more, and somebody may have changed those since.
    private async Task<EditOutcome?> BeyondAsync(EditPin pin, KubernetesObject live, ServerSideForm form, StepMark mark, CancellationToken cancellation)
    {
        var after = await api.ServerSideApplyAsync(pin.Object, EditPatch.Manifest(pin, live, mark), form.Force, new WriteOptions(DryRun: true), cancellation);
        return EditState.Beyond(pin, live, after, mark) is { } path ? new EditOutcome.Superseded($"{pin.Object}: {path} was changed meanwhile") : null;
    }

    // Never by force what is only to be created: somebody who was faster keeps theirs.
    private async Task<EditOutcome> ApplyAsync(EditPin pin, KubernetesObject? live, ServerSideForm form, StepMark mark, CancellationToken cancellation)
    {
        var after = await api.ServerSideApplyAsync(pin.Object, EditPatch.Manifest(pin, live, mark), live is not null && form.Force, new WriteOptions(), cancellation);
        return live is null && FieldOwners.Others(after).Any()
            ? new EditOutcome.Superseded($"{pin.Object} was created meanwhile by somebody else")
            : new EditOutcome.Applied(after);
    }

    private static EditOutcome? JudgeForward(EditPin pin, KubernetesObject? live, StepMark mark)
    {
        if (live is null)
            return pin.Body is null ? new EditOutcome.Refused(EditRefusal.NotFound, $"{pin.Object} does not exist any more") : null;

        if (pin.Body is not null)
        {
            return !EditState.IsOurs(live, mark) ? new EditOutcome.Superseded($"{pin.Object} was created meanwhile by somebody else")
                : EditState.IsAtTo(pin, live) ? new EditOutcome.AlreadyThere(live)
                : new EditOutcome.Superseded($"{pin.Object} was created by us, and changed since by somebody else");
        }

        if (live.Uid != pin.Uid)
            return new EditOutcome.Superseded($"{pin.Object} was deleted and created again");
        if (EditState.IsAtTo(pin, live))
            return new EditOutcome.AlreadyThere(live);
        var isOurs = EditState.IsOurs(live, mark);
        if (!EditState.IsAtFrom(pin, live) && (isOurs || !EditState.IsAtFromAfterOwn(pin, live)))
            return new EditOutcome.Superseded(EditState.Elsewhere(pin, live));
        if (isOurs)
            return new EditOutcome.Superseded($"{pin.Object} was changed by us, and put back again by somebody else");
        return (EditRules.Refusal(pin.Object, live, [.. pin.Places.Select(p => p.Path)], mark, pin.IsHeld) ?? EditRules.CanaryUnderWay(pin, live)) is { } refusal
            ? new EditOutcome.Refused(refusal.Refusal, refusal.Text)
            : null;
    }

    private static EditOutcome? JudgeBack(EditPin pin, KubernetesObject? live, StepMark mark)
    {
        if (pin.Body is not null && (live is null || live.BeingDeleted))
            return new EditOutcome.AlreadyThere(null);
        if (live is null)
            return new EditOutcome.Superseded($"{pin.Object} does not exist any more");
        if (pin.Body is null && live.Uid != pin.Uid)
            return new EditOutcome.Superseded($"{pin.Object} was deleted and created again");
        if (pin.Body is null && EditState.IsAtFrom(pin, live))
            return new EditOutcome.AlreadyThere(live);
        if (!EditState.IsAtTo(pin, live))
            return new EditOutcome.Superseded(pin.Body is null ? EditState.Elsewhere(pin, live) : $"{pin.Object} was changed since by somebody else");
        return EditState.IsOurs(live, mark) ? null : new EditOutcome.Superseded($"{pin.Object} is as we wanted it, but not from us");
    }

    // With all that it made: a Job would leave its pods at work by itself.
    private async Task<EditOutcome> DeleteAsync(EditPin pin, KubernetesObject live, CancellationToken cancellation) =>
        await api.DeleteAsync(pin.Object, live.Uid, new DeleteOptions(Propagation: "Background"), cancellation)
            ? new EditOutcome.Applied(null)
            : new EditOutcome.Superseded($"{pin.Object} was deleted and created again");

    private Task<EditOutcome> ConvergeAsync(EditPin pin, Func<Task<EditOutcome>> once, CancellationToken cancellation)
    {
        return new Converging<EditOutcome>(pin.Object, time)
        {
            Rejected = text => new EditOutcome.Refused(EditRefusal.Rejected, text),
            NotDone = text => new EditOutcome.NotDone(text),
            Unknown = text => new EditOutcome.Unknown(text),
        }.RunAsync(TurnAsync, sent: false, cancellation);

        async Task<EditOutcome> TurnAsync(bool sent)
        {
            try
            {
                return await once();
            }
            catch (KubernetesException e) when (!sent && FieldOwners.IsConflict(e))
            {
                // It would be the same the next time: who owns the fields keeps them.
                return new EditOutcome.Refused(EditRefusal.FieldConflict, $"{pin.Object}: {e.Message}");
            }
        }
    }
}
