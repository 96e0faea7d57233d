using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Demo;

/// <summary>What the README's first command starts.</summary>
public sealed class FirstRunTests
{
    [Fact]
    public async Task The_demo_ends_with_a_summary_in_which_everything_is_as_it_should_be()
    {
        var output = await Tool.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "AlertRollback.Sandbox.dll")]);

        // A check before it may have failed, honestly, while an old pod still answered.
        var summary = output[output.IndexOf("Summary", StringComparison.Ordinal)..];
        summary.ShouldContain("✓ │ proven and stable");
        summary.ShouldNotContain("✗");
    }
}
