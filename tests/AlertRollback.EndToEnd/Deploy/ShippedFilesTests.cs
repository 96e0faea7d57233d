using AlertRollback.EndToEnd.Support;

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
        await Tool.RunAsync(program, arguments.Split(' '));
    }
}
