namespace AlertRollback.Kubernetes;

/// <summary>The credentials for a request could not be had, so nothing was sent. Says no more than the kind of the cause.</summary>
internal sealed class CredentialsException(Exception cause) : IOException($"the credentials for the API server cannot be read: {cause.GetType().Name}", cause);
