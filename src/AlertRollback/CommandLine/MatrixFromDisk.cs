using AlertRollback.Announcements;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Yaml;

namespace AlertRollback.CommandLine;

/// <summary>Loads a matrix for a command; prints faults as <c>file:line:column: message. remedy</c>.</summary>
internal static class MatrixFromDisk
{
    /// <returns>Null after the faults were printed.</returns>
    public static DecisionMatrix? Load(string path, string? operatorFile, Catalog catalog, TextWriter error) => Load(path, operatorFile, _ => catalog, error)?.Matrix;

    /// <param name="catalog">Of the operator's configuration; null: there is none.</param>
    /// <returns>With the catalog it was loaded with; null after the faults were printed.</returns>
    public static (DecisionMatrix Matrix, Catalog Catalog)? Load(string path, string? operatorFile, Func<OperatorConfiguration?, Catalog> catalog, TextWriter error)
    {
        OperatorConfiguration? configuration = null;
        if (operatorFile is not null)
        {
            var read = OperatorConfigurationReader.Read(operatorFile);
            Print(read.Faults, error);
            configuration = read.Configuration;
            if (configuration is null) return null;
        }

        var known = catalog(configuration);
        var outcome = MatrixLoader.Load(path, known, configuration);
        Print(outcome.Faults, error);
        foreach (var warning in outcome.Warnings) error.WriteLine($"warning: {warning}");
        if (configuration is not null && outcome.Matrix is { } matrix)
        {
            foreach (var lack in CallingPeople.LacksOf(configuration, matrix.Services)) error.WriteLine($"warning: {operatorFile}: {lack}");
        }

        return outcome.Matrix is null ? null : (outcome.Matrix, known);
    }

    private static void Print(IReadOnlyList<MatrixFault> faults, TextWriter error)
    {
        foreach (var fault in faults) error.WriteLine(fault);
        if (faults.Count > 0) error.WriteLine(faults.Count == 1 ? "1 fault" : $"{faults.Count} faults");
    }
}
