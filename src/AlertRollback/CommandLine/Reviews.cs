using System.Globalization;
using AlertRollback.Matrix;
using AlertRollback.Yaml;

namespace AlertRollback.CommandLine;

/// <summary>Whose matrix should have been looked at again: a runbook that nobody reads any more is no one's.</summary>
internal static class Reviews
{
    /// <param name="today">In UTC. The day itself is in time.</param>
    public static IEnumerable<MatrixFault> Overdue(DecisionMatrix matrix, DateOnly today) =>
        from team in matrix.Teams
        let review = team.Notes.ReviewBy
        where review is not null && review.Day < today
        select new MatrixFault(
            review.Place,
            $"the matrix of {Shown.Quoted(team.Name)} was to be looked at again by {review.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}",
            Remedy(team.Notes));

    private static string Remedy(TeamNotes notes) =>
        $"let {Named(notes.Owner) ?? "its owner"} look at it{(Named(notes.ApprovedBy) is { } approver ? $" and {approver} agree to it" : "")}, and write the next date";

    private static string? Named(string? who) => who is null ? null : Shown.Clean(who);
}
