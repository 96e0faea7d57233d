namespace AlertRollback.Tests.Support.Stubs;

/// <summary>What a stub does wrong with the next call that no other fault is waiting for.</summary>
public abstract record StubFault
{
    /// <summary>Answers 429 (or Statuspage's older 420) without doing anything.</summary>
    public sealed record RateLimit(int? RetryAfterSeconds, int Code = 429) : StubFault;

    /// <summary>Answers a status with a page that is not JSON, after carrying the call out or without.</summary>
    public sealed record Status(int Code, bool CarriedOut) : StubFault;

    /// <summary>Answers the API's own error code, after carrying the call out or without.</summary>
    public sealed record Error(string Code, bool CarriedOut = false) : StubFault;
}
