namespace AlertRollback.Alerts.Matching;

public enum MatchOperator { Equal, NotEqual, Matches, NotMatches }

internal static class MatchOperators
{
    public static string Symbol(this MatchOperator op) => op switch
    {
        MatchOperator.Equal => "=",
        MatchOperator.NotEqual => "!=",
        MatchOperator.Matches => "=~",
        _ => "!~",
    };
}
