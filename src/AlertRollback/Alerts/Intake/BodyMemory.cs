namespace AlertRollback.Alerts.Intake;

/// <summary>How many bytes all bodies under way may hold together, so that a storm cannot take the process down.</summary>
internal sealed class BodyMemory(long most)
{
    private long _taken;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
            return true;
        Give(bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
