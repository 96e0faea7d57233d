namespace AlertRollback.Playbooks.Git;

/// <summary>What came of preparing a revert in the clone. Nothing is pushed by it.</summary>
public abstract record RevertOutcome
{
    /// <param name="Head">The branch's newest commit, on which the revert stands.</param>
    /// <param name="Commit">The commit that takes it back.</param>
    public sealed record Ready(string Head, string Reverted, string Subject, string Commit) : RevertOutcome;

    /// <param name="By">The commit that took it back before.</param>
    public sealed record RevertedAlready(string By) : RevertOutcome;

    public sealed record Refused(Reason Reason, string Text) : RevertOutcome;
}

/// <summary>
/// Makes the commit that takes another one back, without a work tree: a merge of the branch with the state before the commit,
/// whose common ancestor is the commit itself. The same commit comes of it every time.
/// </summary>
internal static class Revert
{
    /// <exception cref="GitException">git cannot be asked.</exception>
    public static async Task<RevertOutcome> PrepareAsync(
        GitClone clone, string wanted, string branch, string rollbackId, DateTimeOffset at, CancellationToken cancellation)
    {
        if (await clone.FetchAsync(branch, cancellation) is not { } head)
            return new RevertOutcome.Refused(Reason.NoCandidate, $"the repository has no branch {branch}");
        if (await clone.CommitAsync(wanted, cancellation) is not { } commit || !await clone.ContainsAsync(head, commit, cancellation))
            return new RevertOutcome.Refused(Reason.NoCandidate, $"{wanted} is no commit of {branch}");
        if (await StandingRevertAsync(clone, commit, head, cancellation) is { } earlier)
            return new RevertOutcome.RevertedAlready(earlier);
        if (await clone.ParentsAsync(commit, cancellation) is not [var before, ..])
            return new RevertOutcome.Refused(Reason.NoCandidate, $"{wanted} is the first commit: there is nothing before it");

        var subject = await clone.SubjectAsync(commit, cancellation);
        var back = await clone.WriteCommitAsync(await clone.TreeAsync(before, cancellation), commit, "back", at, cancellation);
        var (tree, conflicts) = await clone.MergeAsync(head, back, cancellation);
        if (tree is null)
            return new RevertOutcome.Refused(Reason.RevertConflict, $"later commits changed the same lines as {Short(commit)}: {Texts.Clip(string.Join(", ", conflicts), 200)}");
        if (tree == await clone.TreeAsync(head, cancellation))
            return new RevertOutcome.Refused(Reason.NothingWouldChange, $"nothing of {Short(commit)} is left in {branch}");
        return new RevertOutcome.Ready(head, commit, subject, await clone.WriteCommitAsync(tree, head, Message.Of(subject, commit, rollbackId), at, cancellation));
    }

    /// <summary>The pinned commit once more, in a clone that does not have it.</summary>
    /// <exception cref="GitException">Another one comes of it.</exception>
    public static async Task RemakeAsync(GitClone clone, RevertPin pin, string rollbackId, DateTimeOffset at, CancellationToken cancellation)
    {
        var before = (await clone.ParentsAsync(pin.Reverted, cancellation))[0];
        var back = await clone.WriteCommitAsync(await clone.TreeAsync(before, cancellation), pin.Reverted, "back", at, cancellation);
        var (tree, _) = await clone.MergeAsync(pin.Head, back, cancellation);
        if (tree is null || await clone.WriteCommitAsync(tree, pin.Head, Message.Of(pin.Subject, pin.Reverted, rollbackId), at, cancellation) != pin.Commit)
            throw new GitException(GitFault.NotThere, $"the revert of {Short(pin.Reverted)} does not come out as it was planned");
    }

    public static string Short(string commit) => commit.Length > 10 ? commit[..10] : commit;

    // A revert that was reverted itself does not count.
    private static async Task<string?> StandingRevertAsync(GitClone clone, string commit, string head, CancellationToken cancellation) =>
        await clone.RevertOfAsync(commit, head, cancellation) is { } revert && await StandingRevertAsync(clone, revert, head, cancellation) is null ? revert : null;
}
