namespace AlertRollback.Alerts;

/// <summary>Names a place in a body, such as <c>alerts[3].labels.service</c>.</summary>
internal static class BodyPlace
{
    private const int LongestLabel = 40;

    public static string Of(int alert, string field, string label)
    {
        string[] parts = [alert < 0 ? "" : $"alerts[{alert}]", field, Safe(label)];
        var place = string.Join('.', parts.Where(p => p.Length > 0));
        return place.Length == 0 ? "the body" : place;
    }

    // The name comes from the sender and ends up in logs.
    private static string Safe(string label) =>
        string.Concat(label.Take(LongestLabel).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':' ? c : '?'))
        + (label.Length > LongestLabel ? "…" : "");
}
