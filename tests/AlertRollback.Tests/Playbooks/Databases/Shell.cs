using System.Diagnostics;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Playbooks.Databases;

/// <summary>Runs on this machine what would be run in a container.</summary>
internal static class Shell
{
    public static ExecResult Run(IReadOnlyList<string> command, params string[] environment)
    {
        var start = new ProcessStartInfo("env", [.. environment, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start).ShouldNotBeNull();
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return new ExecResult(process.ExitCode, output.Result, errors.Result);
    }
}
