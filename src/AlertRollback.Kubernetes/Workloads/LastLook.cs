namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What is there when the time for waiting is over. A watch bears an API that is away, so that what it told last may be old,
/// or nothing at all: a wait has failed only where this was read (S16).
/// </summary>
public static class LastLook
{
    // Nobody waits any more for an answer that takes longer.
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    /// <summary>The object, or null when there is none.</summary>
    /// <exception cref="KubernetesException">It cannot be read, or not within ten seconds.</exception>
    public static Task<KubernetesObject?> AtAsync(IKubernetesApi api, ObjectRef target, TimeProvider time, CancellationToken cancellation) =>
        AtAsync($"{target}", ct => api.GetAsync(target, ct), time, cancellation);

    /// <summary>What is seen by more than one question.</summary>
    /// <exception cref="KubernetesException">It cannot be read, or not within ten seconds.</exception>
    public static async Task<T> AtAsync<T>(string what, Func<CancellationToken, Task<T>> look, TimeProvider time, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await look(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new KubernetesException(KubernetesFault.Unavailable, $"{what} could not be read within {patience.TotalSeconds:0} s");
        }
    }
}
