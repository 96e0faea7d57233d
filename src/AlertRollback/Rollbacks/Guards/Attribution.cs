using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks;

/// <summary>Was the suspect deployed recently enough, and before the alert, to be its cause? (S9) Pure.</summary>
public static class Attribution
{
    /// <summary>Two clocks: closer than this, it cannot be told which came first.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    public static GuardResult Judge(Plan plan, DateTimeOffset earliestStartsAt, GuardSettings settings)
    {
        const string guard = "attribution";
        if (plan.Suspect is not { } step)
            return GuardResult.Pass(guard, "nothing is undone");
        if (step.SuspectSince is not { } since)
            return GuardResult.Refuse(guard, Reason.DeployTimeUnknown, $"it cannot be told since when {step.From} runs");

        var age = earliestStartsAt - since;
        if (age.Duration() < Margin && settings.DeployedWithin is not null)
        {
            return GuardResult.Refuse(guard, Reason.DeployTimeUnknown,
                $"{step.From} became current within {Margin.TotalSeconds:0} s of the alert: it cannot be told which came first");
        }

        if (age <= -Margin)
            return GuardResult.Refuse(guard, Reason.DeployedAfterAlert, $"{step.From} became current {Span(-age)} after the alert began: it may be the fix");
        return settings.DeployedWithin is { } within && age > within
            ? GuardResult.Refuse(guard, Reason.DeployedTooLongAgo, $"{step.From} ran for {Span(age)} before the alert, longer than {Span(within)}: it is hardly the cause")
            : GuardResult.Pass(guard, age < TimeSpan.Zero ? $"{step.From} became current at about the same time" : $"{step.From} became current {Span(age)} before the alert");
    }

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 120 } => $"{span.TotalSeconds:0} s",
        { TotalMinutes: < 120 } => $"{span.TotalMinutes:0} min",
        { TotalHours: < 48 } => $"{span.TotalHours:0.#} h",
        _ => $"{span.TotalDays:0} days",
    };
}
