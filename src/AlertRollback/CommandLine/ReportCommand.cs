using System.CommandLine;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback report ID</c>: the incident report of a rollback, as far as the journal knows it.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var id = Named("ID", "the rollback's id");
        var incident = new Option<string?>("--incident") { Description = "what you call the incident, e.g. INC-2026-014: the report's title" };
        return GetText(
            "report", "The incident report of a rollback, as Markdown: what only people can know is left to fill in.", [id], [incident],
            p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}/report{(p.GetValue(incident) is { } name ? $"?incident={Uri.EscapeDataString(name)}" : "")}");
    }
}
