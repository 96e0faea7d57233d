using System.CommandLine;
using AlertRollback.Sandbox;
using Spectre.Console;

var keep = new Option<bool>("--keep") { Description = "stay after the story, until Ctrl+C" };
var port = new Option<int>("--port") { Description = "port of the page; default: any free one" };
var root = new RootCommand("A bad release is detected, rolled back, verified and announced: no cluster, no account, nothing to install.") { keep, port };
root.SetAction(async (parse, cancellation) =>
{
    await using var world = await SandboxWorld.StartAsync(parse.GetValue(port));
    await using var service = await ServiceUnderDemo.StartAsync(world, cancellation);
    var console = Terminal();
    console.MarkupLine($"What people would see: [link]{world.People.PageAddress}[/]");
    var good = await new Story(world, service, console).TellAsync(cancellation);
    console.MarkupLine(parse.GetValue(keep)
        ? $"Still here at [link]{world.People.PageAddress}[/] until Ctrl+C."
        : "Run it again with --keep to look at the page at leisure.");
    if (parse.GetValue(keep))
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    return good ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();

// Without a terminal: plain lines, not folded.
static IAnsiConsole Terminal()
{
    if (!Console.IsOutputRedirected)
        return AnsiConsole.Console;
    var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
    plain.Profile.Width = 1000;
    return plain;
}
