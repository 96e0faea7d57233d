namespace AlertRollback.Playbooks.Containers;

/// <summary>What there is under the three names of a replacement.</summary>
/// <param name="Live">Under the container's own name.</param>
/// <param name="Kept">Under the name of what was replaced.</param>
/// <param name="Next">Under the name of what has not taken over yet.</param>
internal sealed record SwapLook(ContainerState? Live, ContainerState? Kept, ContainerState? Next);

/// <summary>The next single write of a replacement, or of its way back.</summary>
internal abstract record SwapMove
{
    public sealed record Create(ContainerState Like) : SwapMove;

    public sealed record Connect(ContainerState To, string Network, ContainerState Like) : SwapMove;

    public sealed record Stop(ContainerState Container) : SwapMove;

    public sealed record Rename(ContainerState Container, string To) : SwapMove;

    public sealed record Start(ContainerState Container) : SwapMove;

    public sealed record SetRestartPolicy(ContainerState Container, string Policy) : SwapMove;

    public sealed record Remove(ContainerState Container) : SwapMove;

    /// <summary>The new one was started: does it stay up?</summary>
    public sealed record Watch(ContainerState Container) : SwapMove;

    /// <summary>The container that ran before is there again.</summary>
    public sealed record IsBack : SwapMove;

    public sealed record Superseded(string Text) : SwapMove;
}

/// <summary>
/// Chooses moves by what is there and nothing else: after a crash at any point the same look leads on to the same end. Every
/// name and the mark of our own container derive from rollback and step (S17). Pure.
/// </summary>
/// <param name="mark">The label of the container that this step made.</param>
/// <param name="armed">Whether the kept container's restart policy may still have to be changed.</param>
internal sealed class SwapMoves(SwapPin pin, string mark, bool armed)
{
    // Without being asked, an engine starts containers of this policy again when it is itself started again.
    private const string Always = "always";
    private const string Never = "no";

    /// <summary>On the way to the new container. The old one keeps running until the new one is created: then it is known that it can be.</summary>
    public SwapMove Forward(SwapLook look) => look switch
    {
        { Live: { } live } when IsOrigin(live) => look.Next switch
        {
            null => new SwapMove.Create(live),
            var next when !IsOurs(next) => Taken(next),
            var next when MissingNetwork(next, live) is { } network => new SwapMove.Connect(next, network, live),
            _ => live.IsUp ? new SwapMove.Stop(live) : new SwapMove.Rename(live, pin.Kept),
        },
        { Live: null, Kept: { } kept } when IsOrigin(kept) => look.Next switch
        {
            null => new SwapMove.Create(kept),
            var next when !IsOurs(next) => Taken(next),
            var next when MissingNetwork(next, kept) is { } network => new SwapMove.Connect(next, network, kept),
            var next => new SwapMove.Rename(next, pin.Name),
        },
        { Live: { } live } when IsOurs(live) && live.WasNeverStarted => new SwapMove.Start(live),
        { Live: { } live, Kept: { } kept } when IsOurs(live) && live.Runs && IsOrigin(kept) && kept.RestartPolicy == Always && armed => new SwapMove.SetRestartPolicy(kept, Never),
        { Live: { } live } when IsOurs(live) => new SwapMove.Watch(live),
        _ => Gone(look),
    };

    /// <summary>Back to the container that ran before.</summary>
    public SwapMove Back(SwapLook look) => look switch
    {
        { Live: { } live, Next: { IsUp: true } next } when IsOrigin(live) && IsOurs(next) => new SwapMove.Stop(next),
        { Live: { } live } when IsOrigin(live) && pin.WasUp && !live.IsUp => new SwapMove.Start(live),
        { Live: { } live } when IsOrigin(live) && pin.RestartPolicy == Always && live.RestartPolicy != Always && armed => new SwapMove.SetRestartPolicy(live, Always),
        { Live: { } live, Next: { } next } when IsOrigin(live) && IsOurs(next) => new SwapMove.Remove(next),
        { Live: { } live } when IsOrigin(live) => new SwapMove.IsBack(),
        { Live: { } live, Kept: { } kept } when IsOurs(live) && IsOrigin(kept) => live.IsUp ? new SwapMove.Stop(live) : new SwapMove.Rename(live, pin.Next),
        { Live: null, Kept: { } kept } when IsOrigin(kept) => new SwapMove.Rename(kept, pin.Name),
        { Live: { } live } when IsOurs(live) => new SwapMove.Superseded($"{pin.Kept}, the container that ran before, is not there any more; {pin.Name} stays as it is"),
        _ => Gone(look),
    };

    public bool IsOurs(ContainerState container) => container.Label(ContainerState.MadeBy) == mark;

    private bool IsOrigin(ContainerState container) => container.Id == pin.Id;

    private static string? MissingNetwork(ContainerState next, ContainerState like) =>
        ContainerCopy.MoreNetworks(like).FirstOrDefault(n => !next.Networks.ContainsKey(n));

    private static SwapMove.Superseded Taken(ContainerState other) => new($"somebody else's container has the name {other.Name}");

    private SwapMove.Superseded Gone(SwapLook look) => new(look.Live is { } other
        ? $"{pin.Name} was replaced by somebody else since it was planned: it runs {other.Image} now"
        : $"there is no container {pin.Name} any more");
}
