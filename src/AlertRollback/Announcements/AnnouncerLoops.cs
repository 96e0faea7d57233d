namespace AlertRollback.Announcements;

/// <summary>The loops of all announcers, started and stopped together; one that fails to start holds up none of the others.</summary>
public sealed class AnnouncerLoops(IReadOnlyList<AnnouncerLoop> loops) : IHostedService, IDisposable
{
    public IReadOnlyList<AnnouncerLoop> All => loops;

    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(loops.Select(l => l.StartAsync(cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(loops.Select(l => l.StopAsync(cancellationToken)));

    public void Dispose()
    {
        foreach (var loop in loops)
            loop.Dispose();
    }
}
