using System.Diagnostics;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Deploy;

public sealed class ShippedFilesTests
{
    [Theory]
    [InlineData("promtool", "check rules alert-rules/rental/rules.yml")]
    [InlineData("promtool", "test rules alert-rules/rental/rules.test.yml")]
    [InlineData("promtool", "check config deploy/prometheus.yml")]
    [InlineData("amtool", "check-config deploy/alertmanager.yml")]
    public async Task Shipped_file_is_accepted_by_the_tool_that_reads_it(string program, string arguments)
    {
        var start = new ProcessStartInfo(Need.Program(program), arguments)
        {
            WorkingDirectory = Root(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start).ShouldNotBeNull();
        var cancel = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        process.ExitCode.ShouldBe(0, await output + await errors);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AlertRollback.sln")))
            folder = folder.Parent.ShouldNotBeNull();
        return folder.FullName;
    }
}
