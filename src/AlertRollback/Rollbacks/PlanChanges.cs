using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>What is different in a newer plan, for people who looked at an older one.</summary>
public static class PlanChanges
{
    private const int MostShown = 5;

    public static string Text(Plan seen, Plan now)
    {
        var changes = Between(seen, now).ToList();
        return changes.Count switch
        {
            0 => "the same steps, but something they start from has changed",
            > MostShown => $"{string.Join("; ", changes.Take(MostShown))}; and {changes.Count - MostShown} more",
            _ => string.Join("; ", changes),
        };
    }

    private static IEnumerable<string> Between(Plan seen, Plan now)
    {
        if (seen.MethodName != now.MethodName)
            yield return $"method {now.MethodName} instead of {seen.MethodName}";
        var (old, @new) = (seen.Steps.ToDictionary(s => s.Key), now.Steps.ToDictionary(s => s.Key));
        foreach (var gone in seen.Steps.Where(s => !@new.ContainsKey(s.Key)))
            yield return $"no {gone.Name} {Course(gone)} any more";
        foreach (var step in now.Steps)
        {
            if (!old.TryGetValue(step.Key, out var before))
                yield return $"new: {step.Name} {Course(step)}";
            else if (Course(before) != Course(step))
                yield return $"{step.Name} {Course(step)} instead of {Course(before)}";
            else if (!before.Diff.SequenceEqual(step.Diff))
                yield return $"{step.Name} {Course(step)} changes something else: {string.Join(", ", step.Diff.Except(before.Diff).Take(MostShown))}";
        }
    }

    private static string Course(PlannedStep step) => Texts.Clip(step.From.Length == 0 ? step.To : $"{step.From} → {step.To}", 160);
}
