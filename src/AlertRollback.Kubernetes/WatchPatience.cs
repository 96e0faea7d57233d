namespace AlertRollback.Kubernetes;

/// <summary>
/// What a watch bears: faults that pass by themselves for ever, refusals only for a while. Credentials rotate and rights
/// are edited, so one refusal is no verdict; but a watch that never says why it is silent would be worse than none.
/// </summary>
internal sealed class WatchPatience(int limit)
{
    private bool established;
    private int refusals;

    /// <summary>The last attempt failed because the version to go on from is no longer kept.</summary>
    public bool Expired { get; private set; }

    /// <summary>From now on a refusal is no plain mistake of configuration.</summary>
    public void Listed() => established = true;

    public void Opened() => refusals = 0;

    /// <summary>Null after a fault to be borne.</summary>
    public async Task<T?> TryAsync<T>(Func<Task<T>> work)
        where T : class
    {
        Expired = false;
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (KubernetesException fault) when (Bears(fault.Fault))
        {
            Expired = fault.Fault == KubernetesFault.Gone;
            return null;
        }
    }

    private bool Bears(KubernetesFault fault) => fault switch
    {
        KubernetesFault.Unavailable or KubernetesFault.TooManyRequests or KubernetesFault.Gone => true,
        _ => established && ++refusals < limit,
    };
}
