namespace AlertRollback.Kubernetes;

/// <summary>
/// Reads, compares and writes until it is known how that ended (S1, S2). No write is sent twice blindly: each turn reads first, and once
/// an answer was lost, no rejection says any more that nothing was changed.
/// </summary>
internal sealed class Converging<TOutcome>(object target, TimeProvider time)
{
    private const int MaxTurns = 8;

    /// <summary>The API server will have none of it, and nothing was changed.</summary>
    public required Func<string, TOutcome> Rejected { get; init; }

    /// <summary>Nothing was changed and the way was blocked; worth trying again.</summary>
    public required Func<string, TOutcome> NotDone { get; init; }

    /// <summary>A write was sent and could not be read back.</summary>
    public required Func<string, TOutcome> Unknown { get; init; }

    /// <param name="turn">Reads, and ends or writes. It is told whether a write whose outcome is unknown was sent before.</param>
    /// <param name="sent">Whether one was sent before the first turn: by a process that crashed, or whose answer was lost.</param>
    public async Task<TOutcome> RunAsync(Func<bool, Task<TOutcome>> turn, bool sent, CancellationToken cancellation)
    {
        KubernetesException? last = null;
        for (var count = 1; count <= MaxTurns; count++)
        {
            try
            {
                return await turn(sent);
            }
            catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict or KubernetesFault.NotFound or KubernetesFault.OutcomeUnknown)
            {
                sent |= e.Fault == KubernetesFault.OutcomeUnknown;
                last = e;
            }
            catch (KubernetesException e)
            {
                return !sent && e.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden ? Rejected(e.Message) : Blocked(e.Message, sent);
            }

            await PauseAsync(count, cancellation);
        }

        // What can be read each time and is not found by any write has no place to write it to, e.g. no subresource.
        if (!sent && last is { Fault: KubernetesFault.NotFound })
            return Rejected(last.Message);
        return Blocked(sent ? $"{target}: the answers to the write were lost" : $"{target} changed faster than it could be patched", sent);
    }

    private TOutcome Blocked(string text, bool sent) => sent ? Unknown(text) : NotDone(text);

    private Task PauseAsync(int count, CancellationToken cancellation) =>
        count is 1 or MaxTurns ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(25 * count), time, cancellation);
}
