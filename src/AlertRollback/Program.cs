using System.CommandLine;
using AlertRollback.CommandLine;

var root = new RootCommand("Undoes a bad release when an alert fires: safely, exactly once, proven, and everybody knows.")
{
    ServeCommand.Create(),
    CheckCommand.Create(OfflineCatalog.Create, TimeProvider.System),
    TestCommand.Create(OfflineCatalog.Create),
    ExplainCommand.Create(OfflineCatalog.Create),
    ReferenceCommand.Create(OfflineCatalog.Create),
};
foreach (var command in OperatorCommands.Create())
    root.Add(command);

// The service's host ends it in order, within its own time; the command line would end it after two seconds.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
