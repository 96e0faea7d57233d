using System.Diagnostics;

namespace AlertRollback.Tests.Support;

/// <summary>Clears up on a real cluster. The service has no right to delete and its client no method for it: kubectl does it, where there is one.</summary>
internal static class ClusterNamespaces
{
    public static async Task RemoveAsync(string name)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "kubectl"))))
            return;
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["delete", "namespace", name, "--wait=false"]) { RedirectStandardOutput = true })!;
        await kubectl.WaitForExitAsync(CancellationToken.None);
    }
}
