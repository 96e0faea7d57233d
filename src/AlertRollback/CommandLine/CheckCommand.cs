using System.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback check PATH [--operator FILE] [--kubeconfig FILE [--as USER]]</c>: 0 and a summary, or 1 and all faults.</summary>
public static class CheckCommand
{
    /// <param name="catalog">Of the operator's configuration, where there is one. Asked for only when the command runs.</param>
    /// <param name="time">Says whose matrix should have been looked at again.</param>
    public static Command Create(Func<OperatorConfiguration?, Catalog> catalog, TimeProvider time)
    {
        var path = new Argument<string>("PATH") { Description = "file or folder of the decision matrix" };
        var configuration = new Option<string?>("--operator") { Description = "the operator's configuration, to check what it grants", HelpName = "FILE" };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "also look in this cluster at the declared workloads, and at what steps and checks name", HelpName = "FILE" };
        var user = new Option<string?>("--as") { Description = "whose rights in this cluster are asked for, e.g. system:serviceaccount:alertrollback:alertrollback; default: the kubeconfig's own", HelpName = "USER" };
        var command = new Command("check", "Check a decision matrix and print every fault with its place and remedy.") { path, configuration, kubeconfig, user };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = parse.InvocationConfiguration;
            if (MatrixFromDisk.Load(parse.GetValue(path)!, parse.GetValue(configuration), catalog, output.Error) is not var (matrix, known)) return 1;
            foreach (var overdue in Reviews.Overdue(matrix, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime))) output.Error.WriteLine($"warning: {overdue}");
            PrintSummary(matrix, output.Output);
            return parse.GetValue(kubeconfig) is not { } file || await new ClusterCheck(matrix, known, output.Output, output.Error).RunAsync(file, parse.GetValue(user), cancellation) ? 0 : 1;
        });
        return command;
    }

    private static void PrintSummary(DecisionMatrix matrix, TextWriter output)
    {
        foreach (var team in matrix.Teams)
            output.WriteLine($"{team.File}: team {team.Name}: {Count(team.Services.Count, "service")}, {Count(team.Rows.Count, "row")}, {Count(team.Playbooks.Count, "playbook")}");
        output.WriteLine("no faults");
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
