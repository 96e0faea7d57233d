using AlertRollback.Alerts;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Testing;

/// <summary>One alert and the decision a team expects on it.</summary>
public sealed record MatrixTest(Placed Name, LabelSet Alert, Expectation Expected)
{
    /// <summary>What the matrix decides otherwise, in words; empty when the test passes.</summary>
    public IReadOnlyList<string> Failures(DecisionMatrix matrix) => [.. Expected.Differences(matrix.Decide(Alert))];
}

/// <summary>What has to come; null is not asked.</summary>
public sealed record Expectation
{
    /// <summary>The row that decides.</summary>
    public string? Row { get; init; }

    /// <summary>What the decision ends in, in the words of <see cref="Came"/>.</summary>
    public required string Ending { get; init; }

    public string? Service { get; init; }

    public string? Severity { get; init; }

    /// <summary>Roles that have to agree, of severity and playbook; empty: nobody.</summary>
    public IReadOnlyList<string>? Approval { get; init; }

    /// <summary>The window it waits for; empty: none.</summary>
    public string? Window { get; init; }

    public IEnumerable<string> Differences(Decision decision)
    {
        var came = Came.Of(decision);
        if (Ending != came.Ending && !(Ending == Came.AnyTask && decision is Decision.GiveTask)) yield return $"expected {Ending}, came {came.Ending}";
        if (Row is not null && Row != came.Row) yield return $"expected the row {Shown.Quoted(Row)}, came {(came.Row.Length == 0 ? "none" : Shown.Quoted(came.Row))}";
        if (Service is not null && Service != came.Service) yield return $"expected the service {Shown.Quoted(Service)}, came {Named(came.Service)}";
        if (Severity is not null && Severity != came.Severity) yield return $"expected the severity {Shown.Quoted(Severity)}, came {Named(came.Severity)}";
        if (Approval is not null && !Approval.Order().SequenceEqual(came.Approval.Order())) yield return $"expected approval by {People(Approval)}, came {People(came.Approval)}";
        if (Window is not null && Window != came.Window) yield return $"expected {Waiting(Window)}, came {Waiting(came.Window)}";
    }

    private static string Named(string name) => name.Length == 0 ? "none" : Shown.Quoted(name);

    private static string People(IReadOnlyList<string> roles) => roles.Count == 0 ? "nobody" : string.Join(" and ", roles);

    private static string Waiting(string window) => window.Length == 0 ? "no window" : $"the window {Shown.Quoted(window)}";
}

/// <summary>A decision in the words of an expectation.</summary>
internal sealed record Came(string Ending, string Row, string Service, string Severity, IReadOnlyList<string> Approval, string Window)
{
    public const string AnyTask = "a task";
    public const string Log = "only a log entry";

    public static Came Of(Decision decision) => decision switch
    {
        Decision.Act act => new Came(
            Playbook(act.Playbook.Name), act.Row.Name, act.Service.Name, act.Severity.Name,
            [.. new[] { act.Severity.Approval, act.Playbook.Approval }.OfType<ApprovalDefinition>().Select(a => a.Role)], act.Row.Window?.Name ?? ""),
        Decision.GiveTask task => new Came(Task(task.Row.Subject), task.Row.Name, task.Service.Name, task.Severity.Name, [], ""),
        Decision.DoNothing { Reason: Reason.LogOnly } log => new Came(Log, log.Row!.Name, "", "", [], ""),
        Decision.DoNothing nothing => new Came(Nothing(nothing.Reason), nothing.Row?.Name ?? "", "", "", [], ""),
        _ => throw new InvalidOperationException($"unknown decision {decision.GetType().Name}"),
    };

    public static string Playbook(string name) => $"the playbook {Shown.Quoted(name)}";

    public static string Task(string text) => $"the task \"{text}\"";

    public static string Nothing(Reason reason) => $"nothing ({reason.Word()})";
}
