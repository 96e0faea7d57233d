using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Git;

/// <summary>Brings a prepared revert into its branch. After a crash the repository itself is asked what was done.</summary>
internal sealed class RevertPush(GrantedRepositories repositories, PullRequests pulls, GrantedRepository granted, RevertPin pin, StepContext context, TimeProvider time)
{
    private const string PushedMark = "pushed";
    private const string OpenedMark = "pull_request";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <exception cref="GitException">The repository or its API cannot be asked.</exception>
    public async Task<StepOutcome> RunAsync(CancellationToken cancellation)
    {
        var look = await repositories.WorkAsync(granted, clone => LookAsync(clone, cancellation), cancellation);
        if (look is not null)
            return look;
        return pin.Merge ? await PushAsync(pin.Into, mustBeNew: false, cancellation) : await AskToMergeAsync(cancellation);
    }

    /// <summary>What the branch says already; null: the revert is still to be brought there.</summary>
    private async Task<StepOutcome?> LookAsync(GitClone clone, CancellationToken cancellation)
    {
        if (await clone.FetchAsync(pin.Into, cancellation) is not { } head)
            return new StepOutcome.Superseded($"branch {pin.Into} is not there any more");
        await EnsureCommitAsync(clone, cancellation);
        if (await clone.ContainsAsync(head, pin.Commit, cancellation))
            return await clone.RevertOfAsync(pin.Commit, head, cancellation) is { } again ? Undone(again) : Done(Reason.AlreadyAtTarget, head);

        // A pull request may be merged in other ways, which make another commit of the same revert.
        if (head != pin.Head && await clone.RevertOfAsync(pin.Reverted, head, cancellation) is { } other)
            return await clone.RevertOfAsync(other, head, cancellation) is { } later ? Undone(later) : Done(Reason.AlreadyAtTarget, other);
        return pin.Merge && head != pin.Head
            ? new StepOutcome.Superseded($"somebody pushed to {pin.Into} since it was planned ({Revert.Short(pin.Head)} → {Revert.Short(head)}): it may be the fix, and nothing was pushed over it")
            : null;
    }

    // The clone may be another one than it was planned with.
    private async Task EnsureCommitAsync(GitClone clone, CancellationToken cancellation)
    {
        if (await clone.CommitAsync(pin.Commit, cancellation) is null)
            await Revert.RemakeAsync(clone, pin, context.RollbackId, context.Run.Started, cancellation);
    }

    private async Task<StepOutcome> PushAsync(string branch, bool mustBeNew, CancellationToken cancellation)
    {
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        var (pushed, now) = await repositories.WorkAsync(
            granted, async clone => (await clone.PushAsync(pin.Commit, branch, mustBeNew, cancellation), await clone.RemoteAsync(branch, cancellation)), cancellation);

        // Whatever git says: what the branch is at decides.
        if (now == pin.Commit)
        {
            await context.Journal.MarkAsync(PushedMark, new JsonObject { ["branch"] = branch, ["bypass"] = pin.Bypass }, $"pushed {Revert.Short(pin.Commit)} to {branch} of {pin.Repository}{Bypassed}", cancellation);
            return Done(Reason.Applied, pin.Commit);
        }

        if (pushed is ProgramResult.Ended { ExitCode: not 0 } ended && ended.Output.Contains("[remote rejected]", StringComparison.Ordinal))
            return new StepOutcome.Failed(Reason.RejectedByService, $"the repository does not take {branch}: {RejectionOf(ended)}");
        return (now ?? "") != (mustBeNew ? "" : pin.Head)
            ? new StepOutcome.Superseded($"somebody pushed to {branch} at the same time: nothing was pushed over it")
            : new StepOutcome.CannotTell(Reason.ApiError, $"{branch} could not be pushed: {(pushed as ProgramResult.Ended)?.LastLine ?? "git did not end in time"}");
    }

    private async Task<StepOutcome> AskToMergeAsync(CancellationToken cancellation)
    {
        var pull = await pulls.FindAsync(granted, pin.Branch, cancellation);
        if (pull is null)
        {
            var branch = await repositories.WorkAsync(granted, clone => clone.RemoteAsync(pin.Branch, cancellation), cancellation);
            if (branch is not null && branch != pin.Commit)
                return new StepOutcome.Superseded($"somebody pushed to {pin.Branch}");
            if (branch is null && await PushAsync(pin.Branch, mustBeNew: true, cancellation) is var pushed && pushed is not StepOutcome.Done)
                return pushed;
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            pull = await pulls.OpenAsync(granted, pin.Branch, pin.Into, $"Revert \"{pin.Subject}\"", $"{Message.Trailer(pin.Reverted)}.\n\nOpened by AlertRollback for rollback {context.RollbackId}.", cancellation);
        }

        if (!context.Journal.Marks.ContainsKey(OpenedMark))
            await context.Journal.MarkAsync(OpenedMark, new JsonObject { ["number"] = pull.Number }, $"pull request {pull.Number} waits to be merged: {pull.Address}", cancellation);
        return await MergedAsync(pull, cancellation);
    }

    private async Task<StepOutcome> MergedAsync(PullRequest pull, CancellationToken cancellation)
    {
        while (pull is { IsOpen: true, IsMerged: false })
        {
            if (time.GetUtcNow() + LookAgain >= context.Deadline)
                return new StepOutcome.CannotTell(Reason.TimedOut, $"pull request {pull.Number} was not merged in time; it stays open: {pull.Address}");
            await context.Journal.ProgressAsync(50, $"pull request {pull.Number} waits to be merged: {pull.Address}", cancellation);
            await Task.Delay(LookAgain, time, cancellation);
            pull = await pulls.ReadAsync(granted, pull.Number, cancellation);
        }

        return pull.IsMerged
            ? new StepOutcome.Done(Reason.Applied, $"pull request {pull.Number} is merged: {Revert.Short(pin.Reverted)} is reverted in {pin.Into} of {pin.Repository}")
            : new StepOutcome.Failed(Reason.RejectedByPerson, $"pull request {pull.Number} was closed without being merged: {pull.Address}");
    }

    private StepOutcome.Done Done(Reason reason, string commit) =>
        new(reason, $"{Revert.Short(pin.Reverted)} is reverted in {pin.Into} of {pin.Repository} ({Revert.Short(commit)}){Bypassed}");

    private static StepOutcome.Superseded Undone(string by) => new($"the revert was reverted itself, by {Revert.Short(by)}: it is left so");

    private string Bypassed => pin.Bypass ? $"; past the protection of {pin.Into}, without a review: the playbook asks for it and the operator allows it" : "";

    // "! src:dst [remote rejected] (protected branch hook declined)"
    private static string RejectionOf(ProgramResult.Ended ended) => Texts.Clip(
        ended.Output.Split('\n').FirstOrDefault(l => l.Contains("[remote rejected]", StringComparison.Ordinal)) is { } line ? line[line.IndexOf("[remote rejected]", StringComparison.Ordinal)..].Trim() : ended.LastLine, 200);
}
