using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Matrix;

/// <summary>
/// Alerts by which Grafana says that it could not measure. They have all labels of the alert that was not measured, so that its
/// row matches them, too: no data would undo a release (S16).
/// </summary>
/// <remarks>https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/nodata-and-error-states/</remarks>
internal static class NotMeasured
{
    public const string AlertName = "alertname";

    // The name that the alert has when it is measured.
    public const string RuleName = "rulename";

    public static bool Is(LabelSet labels) => labels[AlertName] is "DatasourceNoData" or "DatasourceError" && labels[RuleName].Length > 0;

    /// <summary>Whether a row that matches was written for such alerts, and not only for the one that was not measured.</summary>
    public static bool IsMeant(IEnumerable<Matcher> row, LabelSet labels) => row.Any(m => m.Name switch
    {
        AlertName => m.Operator is MatchOperator.Equal or MatchOperator.Matches && !m.Matches(labels[RuleName]),
        RuleName => !m.Matches(""),
        _ => false,
    });
}
