namespace AlertRollback.Web.Credentials;

internal enum Access
{
    Admitted,

    /// <summary>No credential, or one that nobody has: 401.</summary>
    Unknown,

    /// <summary>A valid credential of another audience: 403.</summary>
    OthersOnly,
}

/// <param name="Name">Whose credential it is; null when unknown.</param>
internal readonly record struct Admission(Access Access, string? Name);
