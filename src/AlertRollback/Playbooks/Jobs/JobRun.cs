using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>What came of sending a Job's manifest.</summary>
public abstract record JobStart
{
    /// <param name="Made">False: it was there already, and is ours.</param>
    public sealed record There(KubernetesObject Job, bool Made) : JobStart;

    /// <summary>Somebody else's Job has its name.</summary>
    public sealed record NotOurs : JobStart;

    public sealed record Rejected(string Text) : JobStart;

    /// <param name="Sent">It may have been made all the same.</param>
    public sealed record Unknown(string Text, bool Sent) : JobStart;
}

/// <summary>How following a Job ended.</summary>
public abstract record JobEnd
{
    public sealed record Finished(KubernetesObject Job, JobFinish Finish) : JobEnd;

    /// <summary>Nobody waits any longer; it still runs.</summary>
    public sealed record StillRuns(KubernetesObject Job, JobState State) : JobEnd;

    /// <summary>Deleted, or another one of its name.</summary>
    public sealed record Gone : JobEnd;
}

/// <summary>Creates a Job once and follows it to its end. Its name is the same at every attempt: what is there already and ours is not made again (S17).</summary>
public sealed class JobRun(IKubernetesApi api, TimeProvider time)
{
    private const int MaxAttempts = 6;
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    public async Task<JobStart> CreateAsync(ObjectRef target, JsonObject body, StepMark mark, CancellationToken cancellation)
    {
        var sent = false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await api.GetAsync(target, cancellation) is { } live)
                    return JobManifest.IsOurs(live, mark) ? new JobStart.There(live, Made: sent) : new JobStart.NotOurs();
                sent = true;
                return new JobStart.There(await api.CreateAsync(target.Kind, target.Namespace, body, new WriteOptions(), cancellation), Made: true);
            }
            catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Conflict or KubernetesFault.OutcomeUnknown && attempt < MaxAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), time, cancellation);
            }
            catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden or KubernetesFault.NotFound)
            {
                return new JobStart.Rejected(fault.Message);
            }
            catch (KubernetesException fault)
            {
                return new JobStart.Unknown(fault.Message, sent);
            }
        }
    }

    /// <param name="progress">Told what is new about it, with the last line of its log.</param>
    /// <exception cref="KubernetesException">It cannot be read; it goes on all the same.</exception>
    public async Task<JobEnd> FollowAsync(KubernetesObject job, string? container, DateTimeOffset deadline, Func<string, Task> progress, CancellationToken cancellation)
    {
        var target = new ObjectRef(ResourceKind.Job, job.Namespace, job.Name);
        var (began, told, toldAt) = (time.GetUtcNow(), "", DateTimeOffset.MinValue);
        while (true)
        {
            if (await api.GetAsync(target, cancellation) is not { } live || live.Uid != job.Uid)
                return new JobEnd.Gone();
            var state = JobState.Of(live);
            if (state.Finished is { } finish)
                return new JobEnd.Finished(live, finish);
            var now = time.GetUtcNow();
            if (now >= deadline)
                return new JobEnd.StillRuns(live, state);

            // Its log may say something new every second; people need not hear all of it.
            if (state.ToString() != told || now - toldAt >= Slow * 3)
            {
                (told, toldAt) = (state.ToString(), now);
                var log = await JobLog.ReadAsync(api, live, container, cancellation);
                await progress(Said($"{told}{(log.Trouble is null ? "" : $", {log.Trouble}")}", log.LastLine));
            }

            var pause = now - began < Slow * 3 ? Quick : Slow;
            await Task.Delay(pause < deadline - now ? pause : deadline - now, time, cancellation);
        }
    }

    internal static string Said(string what, string lastLine) => lastLine.Length == 0 ? what : $"{what}; its log: {lastLine}";
}
