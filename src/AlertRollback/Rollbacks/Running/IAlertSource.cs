namespace AlertRollback.Rollbacks.Running;

/// <summary>Asks Prometheus or Alertmanager whether an alert fires now (S11).</summary>
public interface IAlertSource
{
    /// <summary>True or false as measured; null when nobody could be asked.</summary>
    Task<bool?> IsFiringAsync(Cause cause, CancellationToken cancellation);
}
