using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Rules;
using AlertRollback.Operators;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>What became of a matrix: it, or all its faults.</summary>
/// <param name="Matrix">Null exactly when there are faults.</param>
/// <param name="ContentHash">Null when no file could be read.</param>
public sealed record MatrixOutcome(
    DecisionMatrix? Matrix, IReadOnlyList<MatrixFault> Faults, IReadOnlyList<MatrixFault> Warnings, string? ContentHash);

/// <summary>From files to a matrix that can decide, or to every fault that keeps it from that.</summary>
public static class MatrixLoader
{
    /// <param name="path">A file or a folder.</param>
    /// <param name="configuration">What the operator grants; null: grants are not checked, which is a warning.</param>
    public static MatrixOutcome Load(string path, ICatalog catalog, OperatorConfiguration? configuration)
    {
        var faults = new FaultList();
        return MatrixFiles.Read(path, faults) is { } files
            ? Load(files, catalog, configuration)
            : new MatrixOutcome(null, faults.Sorted(), [], null);
    }

    public static MatrixOutcome Load(MatrixFiles files, ICatalog catalog, OperatorConfiguration? configuration)
    {
        var (faults, warnings) = (new FaultList(), new FaultList());
        var reader = new TeamFileReader(catalog, faults);
        var teams = files.Files.Select(f => reader.Read(f)).OfType<TeamDraft>().ToList();

        foreach (var team in teams)
        {
            new ServiceRules().Collect(team, faults, warnings);
            new ReferenceRules().Collect(team, faults, warnings);
            new MatchedNameRules().Collect(team, faults, warnings);
            new RowRules().Collect(team, faults, warnings);
            new CheckTimeRules().Collect(team, faults, warnings);
            new StepTimeRules().Collect(team, faults, warnings);
            new PromQlRules(configuration).Collect(team, faults, warnings);
            new PlaybookRules().Collect(team, faults, warnings);
            new SuspectRules().Collect(team, faults, warnings);
            new InputRules().Collect(team, faults, warnings);
            new UnusedRules().Collect(team, faults, warnings);
            new LaterRules().Collect(team, faults, warnings);
            new NeedRules().Collect(team, faults, warnings);
            new DestructionRules().Collect(team, faults, warnings);
            if (configuration is null) continue;
            new GrantRules(configuration).Collect(team, faults, warnings);
            new AnotherPersonRules(configuration).Collect(team, faults, warnings);
        }

        new TeamsRules().Collect(teams, faults, warnings);
        // Actions rely on parameters that have no fault.
        if (faults.Count == 0)
            new ReachRules().Collect(teams, faults, warnings);
        if (configuration is null && files.Files.Count > 0)
            warnings.Add(new Place(files.Files[0].Path, 0, 0), "what the operator grants was not checked", "pass --operator FILE to check it");
        // Whose file could not be read is not known, and was a fault.
        if (configuration is not null && files.Folder is { } folder && teams.Count == files.Files.Count)
            WarnOfAbsent([.. configuration.Teams.Keys.Except(teams.Select(t => t.Team.Text))], folder, warnings);

        var matrix = faults.Count == 0
            ? new DecisionMatrix([.. teams.Select(t => TeamCompiler.Compile(t, configuration))])
            : null;
        return new MatrixOutcome(matrix, faults.Sorted(), warnings.Sorted(), files.ContentHash);
    }

    // A file that was renamed or left out of the mount takes all of its team's rows with it.
    private static void WarnOfAbsent(IReadOnlyList<string> teams, string folder, FaultList warnings)
    {
        if (teams.Count == 0)
            return;
        warnings.Add(
            new Place(folder, 0, 0), $"no file here is the matrix of {string.Join(", ", teams.Select(Shown.Quoted))}, though the operator grants to {(teams.Count == 1 ? "it" : "them")}",
            "if this is the folder that the service reads, add TEAM.matrix.yml");
    }
}
