namespace AlertRollback.Alerts.Intake;

/// <summary>Why alert messages are refused. Each is told and over by itself: none of them hides another one.</summary>
public enum RefusalKind
{
    /// <summary>Whoever sends alerts is not let in, or what it sends cannot be kept (401, 403, 503): taken in once sent again and mended.</summary>
    Unheard,

    /// <summary>A message above the limit (413): however often it is sent.</summary>
    TooLarge,

    /// <summary>No message of Alertmanager's (400), as somebody's first try is: however often it is sent.</summary>
    Unreadable,
}
