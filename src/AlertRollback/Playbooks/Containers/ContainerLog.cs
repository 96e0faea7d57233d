namespace AlertRollback.Playbooks.Containers;

/// <summary>What a container said last, secrets masked. Best effort: what cannot be read is empty (S18).</summary>
internal sealed class ContainerLog(Engine engine)
{
    private const int Lines = 40;
    private const int Longest = 4000;

    public async Task<string> EndAsync(ContainerState container, CancellationToken cancellation) =>
        Kubernetes.Clipped.Tail(await ReadAsync(container, Lines, cancellation), Longest);

    /// <summary>To stand behind what is said of it.</summary>
    public async Task<string> LastLineAsync(ContainerState container, CancellationToken cancellation) =>
        (await ReadAsync(container, 1, cancellation)).Trim() is { Length: > 0 } line ? $" — last line: {Texts.Clip(line, 160)}" : "";

    private async Task<string> ReadAsync(ContainerState container, int lines, CancellationToken cancellation)
    {
        try
        {
            return Kubernetes.Workloads.EvidenceReader.Mask(await engine.LogsAsync(container.Id, lines, cancellation));
        }
        catch (EngineException)
        {
            return "";
        }
    }
}
