namespace AlertRollback.Kubernetes.Plugins;

/// <summary>A credential plugin gave no credentials. <see cref="Exception.Message"/> is fit for people.</summary>
internal sealed class PluginException(string message, Exception? inner = null) : IOException(message, inner);
