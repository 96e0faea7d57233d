using System.Text;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>How the program of a Job that ended has ended, read from its pod. What cannot be read is never made up.</summary>
internal static class JobResult
{
    private const int Longest = 1024 * 1024;

    public static async Task<CommandResult> ReadAsync(IKubernetesApi api, KubernetesObject job, JobFinish finish, string? container, CancellationToken cancellation)
    {
        if (finish.TookTooLong)
            return new CommandResult.Unknown($"job {job.Name} was ended after its time");
        try
        {
            if (await JobLog.PodAsync(api, job, cancellation) is not { } pod)
                return Unread(job, finish, "its pod is gone");
            var name = container ?? JobLog.ContainerOf(job);
            if (JobLog.EndOf(pod, name) is not { } end || end["exitCode"]?.GetValue<int>() is not { } code)
                return Unread(job, finish, "its pod does not say how it ended");
            var errors = end["message"]?.ToString() ?? "";
            var (output, whole) = await OutputAsync(api, pod, name, cancellation);
            return new CommandResult.Ended(code, output, errors, Clipped: !whole);
        }
        catch (KubernetesException fault)
        {
            return Unread(job, finish, fault.Message);
        }
    }

    // That it succeeded is known all the same; what it answered is not.
    private static CommandResult Unread(KubernetesObject job, JobFinish finish, string why) => finish.Succeeded
        ? new CommandResult.Ended(0, "", "", Clipped: true)
        : new CommandResult.Unknown($"job {job.Name} {finish}, and {why}");

    private static async Task<(string Output, bool Whole)> OutputAsync(IKubernetesApi api, KubernetesObject pod, string container, CancellationToken cancellation)
    {
        try
        {
            var text = await api.ReadLogAsync(pod.Namespace, pod.Name, container, new LogOptions(LimitBytes: Longest), cancellation);
            return (text ?? "", text is not null && Encoding.UTF8.GetByteCount(text) < Longest);
        }
        catch (KubernetesException)
        {
            return ("", false);
        }
    }
}
