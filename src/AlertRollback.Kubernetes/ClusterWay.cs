namespace AlertRollback.Kubernetes;

/// <summary>How to get to a cluster's API.</summary>
/// <param name="Authorize">Puts the credentials on a request; null for none.</param>
/// <param name="Renew">Called after a 401; null where nothing can be renewed.</param>
internal sealed record ClusterWay(Uri Root, SocketsHttpHandler Sockets, Func<HttpRequestMessage, CancellationToken, Task>? Authorize, Action? Renew)
{
    /// <summary>The name that the server's certificate is for, where it is not that of <see cref="Root"/>.</summary>
    public string? ServerName { get; init; }

    /// <summary>Headers that say for whom every request is made; none: for whoever the credentials belong to.</summary>
    public IReadOnlyList<(string Name, string Value)> As { get; init; } = [];
}
