namespace AlertRollback.Operators;

/// <summary>How long a Job may be left to be looked at after its end.</summary>
public static class JobKeep
{
    public static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);
}
