namespace AlertRollback.Operators;

/// <summary>Names with power are the operator's: what a parameter's value has to be granted as (S15).</summary>
public enum Grant
{
    None,
    Role,

    /// <summary>An address, or a path below the service's: its host has to be granted.</summary>
    Host,

    /// <summary>A secret's name; it may only go to the hosts it was granted for.</summary>
    Secret,
    Namespace,
    Command,
    Database,
    Repository,

    /// <summary>A container engine.</summary>
    Engine,
    Directory,

    /// <summary>A kind of Kubernetes object that carries power, or that is not known to carry none: <c>Role.rbac.authorization.k8s.io</c>.</summary>
    Kind,

    /// <summary>What Flux or Argo CD deploys from: <c>kustomization/flux-system/rental</c>.</summary>
    Owner,
}
