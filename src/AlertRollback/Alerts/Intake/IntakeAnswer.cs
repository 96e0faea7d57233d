namespace AlertRollback.Alerts.Intake;

/// <summary>
/// What the sender is told. Alertmanager tries again after a 5xx only, and logs the text: one short line, no secrets.
/// </summary>
internal readonly record struct IntakeAnswer(int Status, string Text)
{
    public static IntakeAnswer Accepted { get; } = new(StatusCodes.Status200OK, "accepted");

    public static IntakeAnswer Duplicate { get; } = new(StatusCodes.Status200OK, "known already");

    public static IntakeAnswer Draining { get; } = TryAgain("the service is stopping");

    public static IntakeAnswer TryAgain(string why) => new(StatusCodes.Status503ServiceUnavailable, $"not accepted, try again: {why}");

    public static IntakeAnswer Unreadable(string fault) => new(StatusCodes.Status400BadRequest, $"not accepted: {fault}");

    public static IntakeAnswer TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, $"not accepted: the body is larger than {limit} bytes; set max_alerts, or raise the limit here");

    public bool IsRefusal => Status != StatusCodes.Status200OK;
}
