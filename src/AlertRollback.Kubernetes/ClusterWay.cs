namespace AlertRollback.Kubernetes;

/// <summary>How to get to a cluster's API.</summary>
/// <param name="Authorize">Puts the credentials on a request; null for none.</param>
/// <param name="Renew">Called after a 401; null where nothing can be renewed.</param>
internal sealed record ClusterWay(Uri Root, SocketsHttpHandler Sockets, Func<HttpRequestMessage, CancellationToken, Task>? Authorize, Action? Renew);
