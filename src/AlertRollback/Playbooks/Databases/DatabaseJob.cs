using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Databases;

/// <summary>The Jobs in which a database's programs run, as the operator declares them.</summary>
internal static class DatabaseJob
{
    private const string Errors = $" 2>{JobProgram.LastWords}";

    public static JobTool Tool(IKubernetesApi api, DatabaseReach.Job job, GrantedDatabase database)
    {
        var program = new JobProgram(
            DatabaseSecrets.InJob(database), job.Account, job.Claim is { } claim && database.Backups is { } backups ? (claim, backups.Directory) : null);
        var shell = DatabaseSecrets.Shell(DatabaseSecrets.InContainer(database), Errors);
        return new JobTool(api, job.Namespace, job.Container, (command, timeout) =>
            new JobRecipe(job.CronJob, null, job.Image, ["sh", "-c", shell, "sh", .. command], [], [], job.Container, Retries: 0, timeout < Least ? Least : timeout, job.Keep) { Program = program });
    }

    /// <summary>Whether a Job could be made at all, without making one; null when it could.</summary>
    public static async Task<DatabasePlace?> TryAsync(JobTool tool, CancellationToken cancellation)
    {
        var target = new ObjectRef(ResourceKind.Job, tool.Namespace, "alertrollback-try");
        try
        {
            var made = await new JobMaker(tool.Api).MakeAsync(tool.Recipe(["true"], Least), target, new StepMark($"{Marks.Prefix}run", "none", "none"), cancellation);
            if (made is not JobMade.Manifest { Body: var body })
                return new DatabasePlace.Absent(((JobMade.Refused)made).Text);
            await tool.Api.CreateAsync(target.Kind, target.Namespace, body, new WriteOptions(DryRun: true), cancellation);
            return null;
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden or KubernetesFault.NotFound)
        {
            return new DatabasePlace.Absent($"the API server would reject a Job: {fault.Message}");
        }
        catch (KubernetesException fault)
        {
            return new DatabasePlace.Unknown($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
}
