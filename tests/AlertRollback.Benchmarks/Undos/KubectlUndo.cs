using System.Diagnostics;

namespace AlertRollback.Benchmarks.Undos;

/// <summary>How many calls <c>kubectl rollout undo</c> makes, as its own log says.</summary>
internal static class KubectlUndo
{
    /// <summary>GET the Deployment twice, LIST its ReplicaSets, PATCH.</summary>
    public const int Documented = 4;

    private const string Namespace = "alertrollback-bench";

    /// <summary>Measured on the cluster of <c>KUBECONFIG</c>, in a namespace of its own; the documented number without one.</summary>
    public static async Task<(int Calls, string Source)> CallsAsync(DirectoryInfo folder)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG")))
            return (Documented, "documented; no KUBECONFIG");
        try
        {
            return await MeasureAsync(folder) is > 0 and var calls ? (calls, "measured") : (Documented, "documented; the cluster did not answer");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (Documented, "documented; no kubectl");
        }
    }

    private static async Task<int> MeasureAsync(DirectoryInfo folder)
    {
        // A discovery cache of its own: filled by the calls before, as a person's is.
        var cache = Path.Combine(folder.FullName, "kubectl-cache");
        Task<string> Kubectl(params string[] arguments) => RunAsync([.. arguments, "--cache-dir", cache, "--request-timeout", "10s", "-n", Namespace]);
        await Kubectl("create", "namespace", Namespace);
        try
        {
            await Kubectl("create", "deployment", "bench", "--image=example.invalid/bench:v1");
            await Kubectl("rollout", "history", "deployment/bench");
            await RevisionAsync(1);
            await Kubectl("set", "image", "deployment/bench", "*=example.invalid/bench:v2");
            await RevisionAsync(2);
            var log = await Kubectl("rollout", "undo", "deployment/bench", "-v=6");
            return log.Split('\n').Count(l => l.Contains("/apis/apps/v1/namespaces/" + Namespace, StringComparison.Ordinal) && l.Contains("://", StringComparison.Ordinal));
        }
        finally
        {
            await Kubectl("delete", "namespace", Namespace, "--wait=false");
        }

        async Task RevisionAsync(int revision)
        {
            for (var asked = 0; asked < 50; asked++)
            {
                var found = await Kubectl("get", "replicasets", "-o", "jsonpath={.items[*].metadata.annotations.deployment\\.kubernetes\\.io/revision}");
                if (found.Split(' ', '\n').Contains($"{revision}"))
                    return;
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private static async Task<string> RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return await output + await error;
    }
}
