using System.Text;
using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Testing;
using AlertRollback.Operators;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reference;

/// <summary>Everything a matrix file can say, as Markdown, from what the readers, actions and checks themselves declare.</summary>
public static class MatrixReference
{
    /// <summary>Every kind of mapping of the file, in the order in which people meet it.</summary>
    internal static readonly IReadOnlyList<FileKeys> Sections =
    [
        TeamFileReader.Keys, TeamFileReader.AboutKeys, ServiceReader.Keys, ServiceReader.StatuspageKeys, TeamFileReader.SeverityKeys, WindowReader.Keys,
        RowReader.Keys, RowReader.TaskKeys, PlaybookReader.Keys, ManualReader.Keys, ApprovalReader.Keys, GuardReader.Keys, MethodReader.Keys,
        StepReader.Keys, CheckSetReader.Keys, CheckReader.Keys, AfterwardsReader.FollowUpKeys, AfterwardsReader.TargetKeys,
        LaterReader.EmailKeys, LaterReader.UpdateKeys, LaterReader.DrillKeys, MatrixTestReader.Keys, MatrixTestReader.ExpectKeys,
    ];

    public static string Of(ICatalog catalog)
    {
        var page = new StringBuilder();
        page.Append($"""
            # The decision matrix: reference

            Printed by `alertrollback reference`; do not edit it. A team's file is read aloud like its runbook; this page says what each
            key means. `alertrollback check PATH` tells every fault with its place and remedy, `alertrollback test PATH` decides on a team's
            own alerts.

            - Durations: `90s`, `5m`, `1h30m`, `7d`, `500ms`. They are the only values with a unit, unless a key says otherwise.
            - Placeholders are a closed list. In services: {Names(Placeholders.WhenLoaded)}. In steps: {Names(Placeholders.InSteps)}, and the
              inputs that the playbook declares under `manual`. In checks {Names([Placeholders.SinceChange])} too: the range from the last
              change on, between 1 and 5 minutes. Values are escaped for where they stand. Anything else in braces is a fault.
            - Names with power are the operator's to grant, per team: {string.Join(", ", Enum.GetValues<Grant>().Where(g => g != Grant.None).Select(ReferenceTable.Word))},
              and channels and status-page components. The file only refers to them.
            - Unknown keys are faults. A key is required where its default says so.


            """);
        page.AppendLine("## The file").AppendLine();
        foreach (var section in Sections) page.Append(ReferenceTable.Of(section));
        page.Append(ReferenceTable.OfServiceKeys(catalog));
        page.AppendLine("## Actions").AppendLine();
        foreach (var action in catalog.Actions.Values.OrderBy(a => a.Name, StringComparer.Ordinal)) page.Append(ReferenceTable.Of(action));
        page.AppendLine("## Checks").AppendLine();
        foreach (var check in catalog.Checks.Values.OrderBy(c => c.Name, StringComparer.Ordinal)) page.Append(ReferenceTable.Of(check));
        return page.ToString().TrimEnd() + "\n";
    }

    private static string Names(IEnumerable<string> placeholders) => string.Join(", ", placeholders.Select(p => $"`${{{p}}}`"));
}
