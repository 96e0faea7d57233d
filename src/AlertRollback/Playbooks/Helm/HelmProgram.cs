using System.Globalization;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Helm;

/// <summary>A release by its name, as a service says it: <c>namespace/name</c>.</summary>
internal sealed record HelmRelease(string Namespace, string Name)
{
    /// <summary>Null when it is not written so, or could be read as an option.</summary>
    public static HelmRelease? Parse(string? text) =>
        text?.Split('/') is [var space, var name] && ServiceObject.IsName(space) && ServiceObject.IsName(name) ? new HelmRelease(space, name) : null;

    public override string ToString() => $"helm release {Namespace}/{Name}";
}

/// <summary>What asking for a history came to.</summary>
internal abstract record HelmHistory
{
    /// <param name="Revisions">Oldest first, at least one.</param>
    public sealed record Read(IReadOnlyList<HelmRevision> Revisions) : HelmHistory;

    public sealed record NotHere(Reason Reason, string Text) : HelmHistory;

    public sealed record Unreadable(string Text) : HelmHistory;
}

/// <summary>
/// The helm program, as the operator granted it: a command of the team, whose own arguments and environment say which
/// cluster. Of its answers only the history is read: its last line is what <c>helm status</c> says, without the manifests.
/// </summary>
internal sealed class HelmProgram(GrantedCommands commands, GrantedCommand helm)
{
    // The runbook looks at five; a rollback of a rollback needs some more.
    private const int Newest = 20;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    public async Task<HelmHistory> HistoryAsync(HelmRelease release, CancellationToken cancellation)
    {
        string[] arguments = ["history", release.Name, "--namespace", release.Namespace, "--max", Newest.ToString(CultureInfo.InvariantCulture), "--output", "json"];
        return await commands.RunAsync(helm, [.. helm.Run, .. arguments], Look, cancellation) switch
        {
            ProgramResult.Ended { ExitCode: 0 } ended => HelmRevision.Read(ended.Output) is { Count: > 0 } revisions
                ? new HelmHistory.Read(revisions)
                : new HelmHistory.Unreadable("helm history did not answer as expected"),
            ProgramResult.Ended ended when ended.Errors.Contains("release: not found", StringComparison.Ordinal) => new HelmHistory.NotHere(Reason.NotFound, $"there is no {release}"),
            ProgramResult.Ended ended => new HelmHistory.Unreadable($"helm history ended with exit code {ended.ExitCode}: {ended.LastLine}"),
            ProgramResult.TimedOut => new HelmHistory.Unreadable("helm history did not end"),
            ProgramResult.NotStarted { Measured: false } not => new HelmHistory.Unreadable($"helm history was not run: {not.Why}"),
            ProgramResult.NotStarted not => new HelmHistory.NotHere(Reason.ProgramAbsent, not.Why),
            var other => throw new InvalidOperationException($"no such result: {other}"),
        };
    }

    /// <summary>Goes back, and waits until everything of the release is ready, for at most <paramref name="timeout"/> and as the command allows.</summary>
    public Task<ProgramResult> RollbackAsync(HelmRelease release, long revision, TimeSpan timeout, CancellationToken cancellation)
    {
        // It ends by itself, and then says why: killed, it would leave the release unfinished.
        var longest = helm.Timeout - LastWords < timeout ? helm.Timeout - LastWords : timeout;
        var seconds = Math.Max(1, (long)longest.TotalSeconds);
        string[] arguments = [.. Rollback(release, revision), "--wait", "--timeout", $"{seconds}s"];
        return commands.RunAsync(helm, [.. helm.Run, .. arguments], longest + LastWords, cancellation);
    }

    /// <summary>
    /// Whether a rollback to this revision that was begun before may be at work still: helm outlives whoever started it, but not
    /// the container or the machine that it was started in. What is started by way of another program may be at work elsewhere.
    /// </summary>
    public bool MayBeAtWork(HelmRelease release, long revision) =>
        Path.GetFileName(helm.Run[0]) != "helm" || RunningPrograms.Has(Rollback(release, revision)) is not false;

    private static string[] Rollback(HelmRelease release, long revision) =>
        ["rollback", release.Name, revision.ToString(CultureInfo.InvariantCulture), "--namespace", release.Namespace];
}
