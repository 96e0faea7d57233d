using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>The steps of a rollback in its message: from what, to what, and what became of each.</summary>
internal sealed class SlackSteps(RollbackState rollback)
{
    // A step by itself leaves room for the heading of its section.
    private const int LongestStep = SlackLimits.TextObject - 200;

    // Lines of a diff, of each step: what a step does comes before what that changes in detail.
    private static readonly int[] MostDiff = [6, 2, 0];

    /// <summary>What did not work before: by itself, so that it never cuts off what people are asked about.</summary>
    public Mrkdwn? Failed()
    {
        var failed = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodFailed>()
            .SelectMany(m => ByFailed(m.Method).Prepend(Mrkdwn.Of($"✗ {rollback.Playbook.Methods[m.Method].Name} did not work ({m.Reason.Word()}): {m.Text}"))).ToList();
        return failed.Count == 0 ? null : Mrkdwn.Of($"*What did not work*\n{Mrkdwn.Join("\n", failed)}");
    }

    /// <summary>What is planned or was done, as sections that take no more room together; no step is cut off without a word.</summary>
    public IReadOnlyList<Mrkdwn> Current(int room)
    {
        var method = rollback.CurrentPlan is { } plan ? Mrkdwn.Of($" ({rollback.Playbook.Name}, {plan.MethodName})") : default;
        var title = Mrkdwn.Of($"*{Title()}*{method}");
        var all = MostDiff.Select(most => Lines(most).Prepend(title).ToList()).ToList();
        if (all[0].Count == 1)
            return [];
        var fitting = all.Select(Packed).FirstOrDefault(sections => Size(sections) <= room);
        return fitting ?? Shortened(all[^1], room);
    }

    private static int Size(IEnumerable<Mrkdwn> sections) => sections.Sum(s => s.ToString().Length + SlackLimits.PerBlock);

    private List<Mrkdwn> Shortened(List<Mrkdwn> lines, int room)
    {
        for (var kept = lines.Count - 1; kept > 1; kept--)
        {
            if (Packed(lines.Take(kept).Append(More(lines.Count - kept))) is var sections && Size(sections) <= room)
                return sections;
        }

        return Packed([lines[0], More(lines.Count - 1)]);
    }

    private Mrkdwn More(int count) => Mrkdwn.Of($"… and {count} more {(count == 1 ? "step" : "steps")}, see {Mrkdwn.Code($"alertrollback show {rollback.Id}")}");

    private static List<Mrkdwn> Packed(IEnumerable<Mrkdwn> lines)
    {
        var sections = new List<Mrkdwn>();
        foreach (var line in lines)
        {
            if (sections is [.., var last] && Mrkdwn.Join("\n", [last, line]) is var joined && joined.ToString().Length <= SlackLimits.TextObject)
                sections[^1] = joined;
            else
                sections.Add(line);
        }

        return sections;
    }

    private List<Mrkdwn> Lines(int mostDiff)
    {
        var steps = rollback.CurrentPlan?.Steps.Select(s => Step(s, mostDiff)) ?? [];
        var afterwards = rollback.FallbackPlans.SelectMany(p => p.Steps).Where(s => s.ChangesProduction).Select(s => Mrkdwn.Of($"then {Step(s, mostDiff)}"));
        // What the text of its end tells of is not said twice.
        var notDone = rollback.FallbackNotDone.Where(text => rollback.Closed?.Text.Contains(text, StringComparison.Ordinal) is not true).Select(text => Mrkdwn.Of($"✗ {text}"));
        return [.. steps.Concat(afterwards).Concat(notDone).Select(l => SlackLimits.Within(l, LongestStep))];
    }

    // What a method before the current one did still stands: nothing takes it back because it did not help.
    private IEnumerable<Mrkdwn> ByFailed(int method) => method == rollback.CurrentPlan?.Method
        ? []
        : (rollback.Plans.FindLast(p => p.Method == method)?.Steps ?? [])
            .Where(s => s.ChangesProduction && rollback.Steps.GetValueOrDefault(s.Key) is { Ended.Result: not StepResult.Skipped }).Select(s => Mrkdwn.Of($"↳ {Change(s)}"));

    private string Title() => rollback switch
    {
        { Shadow: true } => "What would be done",
        { HasActed: false, Closed: not null } => "What was planned, and not done",
        { HasActed: false } => "What is planned",
        _ when Headline.WaitsForAnswer(rollback) => "What is planned next",
        { Closed: null, Phase: Phase.Acting } => "What is being done",
        _ => "What was done",
    };

    private Mrkdwn Step(PlannedStep step, int mostDiff)
    {
        var warnings = Mrkdwn.Join("", step.Warnings.Select(w => Mrkdwn.Of($"\n⚠️ {w}")));
        return Mrkdwn.Of($"{Change(step)}{warnings}{Diff(step, mostDiff)}");
    }

    private Mrkdwn Change(PlannedStep step)
    {
        var from = step.From.Length == 0 ? default : Mrkdwn.Of($"{Mrkdwn.Code(step.From)} → ");
        return Mrkdwn.Of($"{step.Name}: {from}{Mrkdwn.Code(step.To)}{Course(step)}{PutBack(step)}");
    }

    private Mrkdwn Course(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key) switch
    {
        { Ended: { Result: StepResult.Done } done } => Mrkdwn.Of($" — {Said(step, done.Text)}"),
        { Ended: { } ended } => Mrkdwn.Of($" — *{TimelineLine.Word(ended)}*: {Said(step, ended.Text)}"),
        { } when rollback.Closed is not null => Mrkdwn.Trusted(" — *not known whether it was done*"),
        { Percent: > 0 } running => Mrkdwn.Of($" — {running.Percent} %"),
        null when rollback is { HasActed: true, Closed: not null } => Mrkdwn.Trusted(" — not done"),
        _ => default,
    };

    // Whoever reads on would take what was changed meanwhile for what is there now.
    private Mrkdwn PutBack(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key)?.Restored switch
    {
        { Result: StepResult.Done } done => Mrkdwn.Of($"; put back: {Said(step, done.Text)}"),
        { } not => Mrkdwn.Of($"; *NOT put back* ({not.Reason.Word()}): {Said(step, not.Text)}"),
        null => default,
    };

    // By itself the text names its service, which stands before it here.
    private static string Said(PlannedStep step, string text) =>
        ServiceDefinition.Named(step.Service, "") is { Length: > 0 } name && text.StartsWith(name, StringComparison.Ordinal) ? text[name.Length..] : text;

    private static Mrkdwn Diff(PlannedStep step, int most)
    {
        if (step.Diff.Count == 0)
            return default;
        if (most == 0)
            return Mrkdwn.Of($"\n… {step.Diff.Count} changed lines");
        var more = step.Diff.Count > most ? $"\n… {step.Diff.Count - most} more" : "";
        return Mrkdwn.Of($"\n{Mrkdwn.CodeBlock(string.Join('\n', step.Diff.Take(most)) + more)}");
    }
}
