namespace AlertRollback.Announcements;

/// <summary>What repeating a call would do, which decides what a lost answer means.</summary>
internal enum CallEffect
{
    /// <summary>Reads, or ends in the same state however often it is sent.</summary>
    Converges,

    /// <summary>Each accepted call adds something people see.</summary>
    Adds,
}
