using System.Net;

namespace AlertRollback.Kubernetes;

/// <summary>What kind of "no" the API server, or the way to it, gave.</summary>
public enum KubernetesFault
{
    /// <summary>404 on something that has to exist.</summary>
    NotFound,

    /// <summary>409: the object is no longer the one that was read, or exists already.</summary>
    Conflict,

    /// <summary>422 or 400: the request is wrong; sending it again changes nothing.</summary>
    Invalid,

    /// <summary>401.</summary>
    Unauthorized,

    /// <summary>403.</summary>
    Forbidden,

    /// <summary>410: the resourceVersion is too old.</summary>
    Gone,

    /// <summary>429 that outlasted the retries; nothing was done.</summary>
    TooManyRequests,

    /// <summary>5xx or a connection fault of a read that outlasted the retries; nothing was changed.</summary>
    Unavailable,

    /// <summary>There is no cluster to ask: none is configured.</summary>
    NoCluster,

    /// <summary>A write was sent and no answer came, or a 5xx that does not say whether it was carried out: read back, never resend blindly.</summary>
    OutcomeUnknown,
}

/// <summary>An answer of the API server other than success. <see cref="Exception.Message"/> is fit for people and holds no secrets.</summary>
public sealed class KubernetesException(KubernetesFault fault, string message, HttpStatusCode? status = null, Exception? inner = null)
    : Exception(message, inner)
{
    public KubernetesFault Fault { get; } = fault;

    /// <summary>The HTTP status, or null when no answer came.</summary>
    public HttpStatusCode? Status { get; } = status;
}
