using System.Diagnostics;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>Programs that do one thing and end.</summary>
internal static class Tool
{
    /// <summary>What it printed; fails the test with its errors when it does not end with 0.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        var (exitCode, output, errors) = await TryAsync(program, arguments, input);
        exitCode.ShouldBe(0, output + errors);
        return output;
    }

    public static async Task<(int ExitCode, string Output, string Errors)> TryAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        var start = new ProcessStartInfo(Need.Program(program), arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start).ShouldNotBeNull();
        var cancel = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        if (input is not null)
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await errors);
    }
}
