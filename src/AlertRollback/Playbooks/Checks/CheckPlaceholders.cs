namespace AlertRollback.Playbooks.Checks;

/// <summary>What a check may fill into its texts.</summary>
internal static class CheckPlaceholders
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static string Fill(string text, CheckContext context, Func<string, string> escape)
    {
        var values = context.Run.Values(context.Service);
        values[Placeholders.SinceChange] = Durations.Format(SinceChange(context));
        return Placeholders.Fill(text, values, escape);
    }

    /// <summary>The same, for whoever knows where a value comes to stand.</summary>
    public static Func<string, Func<string, string>, string> Of(CheckContext context) => (text, escape) => Fill(text, context, escape);

    /// <summary>The range from the last change on, between 1 and 5 minutes: nothing of the old errors is seen for long.</summary>
    public static TimeSpan SinceChange(CheckContext context)
    {
        var since = TimeSpan.FromSeconds(Math.Ceiling((context.Now - context.Since).TotalSeconds));
        return since < Shortest ? Shortest : since > Longest ? Longest : since;
    }
}
