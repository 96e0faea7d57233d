using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace AlertRollback.Kubernetes.Plugins;

/// <summary>
/// The command of a kubeconfig's <c>exec</c>. The package runs it, too, but blocks meanwhile, joins the arguments with
/// blanks, takes any warning on standard error for a failure, and never gives up.
/// </summary>
internal sealed class PluginCommand
{
    private static readonly string[] known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
    private readonly ExternalExecution plugin;
    private readonly string information;

    public PluginCommand(ExternalExecution plugin, ClusterEndpoint? cluster)
    {
        if (string.IsNullOrWhiteSpace(plugin.Command))
            throw new KubeConfigException("a credential plugin has no command");
        if (!known.Contains(plugin.ApiVersion))
            throw new KubeConfigException($"a credential plugin's apiVersion has to be {string.Join(" or ", known)}");
        this.plugin = plugin;
        information = Information(plugin, cluster).ToJsonString();
    }

    public string ApiVersion => plugin.ApiVersion;

    /// <summary>The program's name, for messages.</summary>
    public string Name => Path.GetFileName(plugin.Command);

    /// <summary>What the command printed.</summary>
    public async Task<string> RunAsync(CancellationToken cancellation)
    {
        using var process = Start();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            var text = await output.ConfigureAwait(false);
            var said = await errors.ConfigureAwait(false);
            return process.ExitCode == 0 ? text : throw new PluginException($"it ended with exit code {process.ExitCode}{Because(said)}");
        }
        finally
        {
            End(process);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments ?? [])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in plugin.EnvironmentVariables ?? [])
        {
            if (variable.TryGetValue("name", out var name) && variable.TryGetValue("value", out var value))
                start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = information;
        try
        {
            var process = Process.Start(start)!;
            // Nobody is there to answer its questions.
            process.StandardInput.Close();
            return process;
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or IOException)
        {
            var hint = string.IsNullOrWhiteSpace(plugin.InstallHint) ? "" : $": {Line(plugin.InstallHint)}";
            throw new PluginException($"it cannot be started{hint}", fault);
        }
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It ended meanwhile.
        }
    }

    private static JsonObject Information(ExternalExecution plugin, ClusterEndpoint? cluster)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.ProvideClusterInfo && cluster is not null)
        {
            spec["cluster"] = new JsonObject
            {
                ["server"] = cluster.Server,
                ["tls-server-name"] = cluster.TlsServerName,
                ["insecure-skip-tls-verify"] = cluster.SkipTlsVerify,
                ["certificate-authority-data"] = Authority(cluster),
            };
        }

        return new JsonObject { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec };
    }

    private static string? Authority(ClusterEndpoint cluster)
    {
        if (!string.IsNullOrEmpty(cluster.CertificateAuthorityData))
            return cluster.CertificateAuthorityData;
        return string.IsNullOrEmpty(cluster.CertificateAuthority) ? null : Convert.ToBase64String(File.ReadAllBytes(cluster.CertificateAuthority));
    }

    private static string Because(string errors) => string.IsNullOrWhiteSpace(errors) ? "" : $": {Line(errors)}";

    private static string Line(string text)
    {
        var line = text.Trim().Split('\n', 2)[0].Trim();
        return line.Length > 200 ? line[..200] : line;
    }
}
