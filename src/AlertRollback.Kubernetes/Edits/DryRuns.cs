namespace AlertRollback.Kubernetes.Edits;

/// <summary>
/// What the API server would make of an object, beside that object as it was then: what others write between the read and
/// the dry run (a controller its annotation, an autoscaler the replicas) is no part of what is planned, shown and put back.
/// </summary>
public static class DryRuns
{
    private const int MostTries = 5;

    /// <param name="live">As it was read a moment ago.</param>
    /// <param name="tryAsync">Asks for the dry run of a change to it.</param>
    /// <returns>The object without and with the change.</returns>
    /// <exception cref="KubernetesException">The API cannot be asked or rejects the change; or others write so fast that it cannot be told.</exception>
    public static async Task<(KubernetesObject Live, KubernetesObject After)> BesideAsync(
        IKubernetesApi api, ObjectRef target, KubernetesObject live, Func<KubernetesObject, Task<KubernetesObject>> tryAsync, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var after = await tryAsync(live);
            if (after.ResourceVersion == live.ResourceVersion)
                return (live, after);
            var now = await api.GetAsync(target, cancellation) ?? throw new KubernetesException(KubernetesFault.NotFound, $"{target} does not exist any more");

            // Most of what moves is a status.
            if (now.Uid == live.Uid && ObjectDifference.Between(live.Json, now.Json).Count == 0)
                return (live, after);
            live = now;
        }

        throw new KubernetesException(KubernetesFault.Unavailable, $"{target} changes too fast to be planned");
    }
}
