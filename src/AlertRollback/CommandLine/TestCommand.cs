using System.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Testing;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Yaml;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback test PATH [--operator FILE]</c>: 0 when every alert of the teams' tests is decided as expected, else 1 and why.</summary>
public static class TestCommand
{
    /// <param name="catalog">Asked for only when the command runs.</param>
    public static Command Create(Func<Catalog> catalog)
    {
        var path = new Argument<string>("PATH") { Description = "matrix.test.yml, or a folder with it or with a folder per team" };
        var configuration = new Option<string?>("--operator") { Description = "the operator's configuration, to check what it grants", HelpName = "FILE" };
        var command = new Command("test", "Decide on the alerts of matrix.test.yml by the matrix beside it, and compare with what is expected.") { path, configuration };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration;
            return new Run(parse.GetValue(configuration), catalog(), output.Output, output.Error).All(parse.GetValue(path)!) ? 0 : 1;
        });
        return command;
    }

    private sealed class Run(string? operatorFile, Catalog catalog, TextWriter output, TextWriter error)
    {
        private int _passed;
        private int _failed;

        public bool All(string path)
        {
            var faults = new FaultList();
            var files = MatrixTestFiles.Find(path, faults);
            var configuration = Operator(faults);
            // A matrix may have several files of tests beside it.
            foreach (var folder in faults.Count > 0 ? [] : files.GroupBy(f => Path.GetDirectoryName(f)!))
                Folder(folder.Key, [.. folder], configuration, faults);
            foreach (var fault in faults.Sorted()) error.WriteLine(fault);
            output.WriteLine(faults.Count == 0 ? $"{_passed} passed, {_failed} failed" : $"{_passed} passed, {_failed} failed, {(faults.Count == 1 ? "1 fault" : $"{faults.Count} faults")}");
            return _failed == 0 && faults.Count == 0;
        }

        private OperatorConfiguration? Operator(FaultList faults)
        {
            if (operatorFile is null) return null;
            var read = OperatorConfigurationReader.Read(operatorFile);
            foreach (var fault in read.Faults) faults.Add(fault);
            return read.Configuration;
        }

        private void Folder(string folder, IReadOnlyList<string> files, OperatorConfiguration? configuration, FaultList faults)
        {
            var outcome = MatrixLoader.Load(folder.Length == 0 ? "." : folder, catalog, configuration);
            foreach (var fault in outcome.Faults) faults.Add(fault);
            var reader = new MatrixTestReader(faults);
            var tests = files.SelectMany(f => TextFile.Read(f, faults) is { } text ? reader.Read(f, text) : []).ToList();
            if (outcome.Matrix is not { } matrix) return;
            foreach (var test in tests) Ask(test, matrix);
            Untested(matrix, tests);
        }

        private void Ask(MatrixTest test, DecisionMatrix matrix)
        {
            var failures = test.Failures(matrix);
            if (failures.Count == 0)
            {
                _passed++;
                return;
            }

            _failed++;
            var place = test.Name.Place;
            output.WriteLine($"{place.File}:{place.Line}:{place.Column}: {test.Name.Text}: {string.Join("; ", failures)}");
            ExplainCommand.Print(matrix.Explain(test.Alert), output, "    ");
        }

        private void Untested(DecisionMatrix matrix, IReadOnlyList<MatrixTest> tests)
        {
            var decided = tests.Select(t => matrix.Explain(t.Alert).Rows.FirstOrDefault(r => r.Decides)?.Row).OfType<RowDefinition>().ToHashSet();
            foreach (var row in matrix.Teams.SelectMany(t => t.Rows).Where(r => !decided.Contains(r)))
                error.WriteLine($"warning: no test decides by the row \"{row.Name}\" of team {row.Team}");
        }
    }
}
