using System.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback explain --matrix PATH label=value …</c>: which row decides, and what every row says.</summary>
public static class ExplainCommand
{
    /// <param name="catalog">Asked for only when the command runs.</param>
    public static Command Create(Func<Catalog> catalog)
    {
        var path = new Option<string>("--matrix") { Description = "file or folder of the decision matrix", HelpName = "PATH", Required = true };
        var configuration = new Option<string?>("--operator") { Description = "the operator's configuration", HelpName = "FILE" };
        var labels = new Argument<string[]>("LABELS") { Description = "the alert's labels: service=rental-api severity=critical, or {service=\"rental-api\"}", Arity = ArgumentArity.OneOrMore };
        var command = new Command("explain", "Say which row of the matrix decides on an alert, and why.") { path, configuration, labels };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration;
            if (!LabelArguments.TryParse(parse.GetValue(labels)!, out var alert, out var fault))
            {
                output.Error.WriteLine(fault);
                return 1;
            }

            if (MatrixFromDisk.Load(parse.GetValue(path)!, parse.GetValue(configuration), catalog(), output.Error) is not { } matrix) return 1;
            Print(matrix.Explain(alert), output.Output);
            return 0;
        });
        return command;
    }

    internal static void Print(Explanation explanation, TextWriter output, string indent = "")
    {
        foreach (var row in explanation.Rows)
            output.WriteLine($"{indent}{(row.Decides ? "=>" : "  ")} {row.Row.Rank + 1}. {row.Row.Name}: {row.Why}");
        output.WriteLine($"{indent}{Word(explanation.Decision)}: {explanation.Decision.Text}");
        if (explanation.Decision is not Decision.Act act) return;
        foreach (var (who, approval) in new[] { ("the severity", act.Severity.Approval), ("the playbook", act.Playbook.Approval) })
            if (approval is not null) output.WriteLine($"{indent}approval by {approval.Role}, as {who} asks for: within {Durations.Format(approval.Within)}, otherwise {approval.Otherwise.Word()}");
        if (act.Row.Shadow) output.WriteLine($"{indent}shadow: planned and told, but nothing is changed");
    }

    private static string Word(Decision decision) => decision switch
    {
        Decision.Act => "act",
        Decision.GiveTask => "task",
        Decision.DoNothing nothing => nothing.Reason.Word(),
        _ => throw new InvalidOperationException($"unknown decision {decision.GetType().Name}"),
    };
}
