using AlertRollback.Kubernetes.Plugins;

namespace AlertRollback.Kubernetes;

/// <summary>The credentials for a request could not be had, so nothing was sent. Says no more than the kind of the cause, unless a plugin says why.</summary>
internal sealed class CredentialsException(Exception cause) : IOException(Describe(cause), cause)
{
    private static string Describe(Exception cause) =>
        cause is PluginException ? cause.Message : $"the credentials for the API server cannot be read: {cause.GetType().Name}";
}
