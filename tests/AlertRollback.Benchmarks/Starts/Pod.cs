using System.Diagnostics;
using System.Text;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Benchmarks.Starts;

/// <summary>
/// What a pod has: the service account's files where every pod has them, in a mount namespace of its own, and the API's
/// address in the environment. Needs root.
/// </summary>
internal static class Pod
{
    private const string Mounted = "/var/run/secrets/kubernetes.io/serviceaccount";

    public static bool IsPossible
    {
        get
        {
            if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/unshare"))
                return false;
            using var trial = Process.Start(Script("mount -t tmpfs none /var/run"))!;
            trial.WaitForExit();
            return trial.ExitCode == 0;
        }
    }

    /// <summary>The account's files of a cluster, written into a folder.</summary>
    public static void WriteAccount(SandboxCluster cluster, string folder)
    {
        var kubeconfig = File.ReadAllLines(cluster.KubeconfigPath);
        File.WriteAllText(Path.Combine(folder, "token"), Field(kubeconfig, "token:"));
        File.WriteAllText(Path.Combine(folder, "ca.crt"), Encoding.ASCII.GetString(Convert.FromBase64String(Field(kubeconfig, "certificate-authority-data:"))));
    }

    /// <summary>Becomes the program, so that the process measured is the program's.</summary>
    public static ProcessStartInfo Start(string account, Uri api, string program, IEnumerable<string> arguments)
    {
        var start = Script($"mount -t tmpfs none /var/run && mkdir -p {Mounted} && cp {account}/token {account}/ca.crt {Mounted} && exec \"$@\"", ["pod", program, .. arguments]);
        start.Environment["KUBERNETES_SERVICE_HOST"] = api.Host;
        start.Environment["KUBERNETES_SERVICE_PORT"] = $"{api.Port}";
        start.Environment.Remove("KUBECONFIG");
        return start;
    }

    private static ProcessStartInfo Script(string script, params string[] arguments) =>
        new("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, .. arguments]);

    private static string Field(string[] lines, string name) => lines.First(l => l.Trim().StartsWith(name, StringComparison.Ordinal)).Trim()[name.Length..].Trim();
}
