using System.CommandLine;
using AlertRollback.Matrix.Reference;
using AlertRollback.Playbooks;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback reference</c>: every key, action and check of the decision matrix as Markdown.</summary>
public static class ReferenceCommand
{
    /// <param name="catalog">Asked for only when the command runs.</param>
    public static Command Create(Func<Catalog> catalog)
    {
        var command = new Command("reference", "Print every key, action and check of the decision matrix as Markdown.");
        command.SetAction(parse => parse.InvocationConfiguration.Output.Write(MatrixReference.Of(catalog())));
        return command;
    }
}
