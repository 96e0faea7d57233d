namespace AlertRollback.Playbooks.Containers;

/// <summary>What went wrong when an engine was asked.</summary>
public enum EngineFault
{
    /// <summary>Nobody was reached: whatever was asked for was not carried out.</summary>
    Unavailable,

    /// <summary>It was sent, and no answer came: it may have been carried out.</summary>
    OutcomeUnknown,

    /// <summary>The engine says no, and why.</summary>
    Rejected,

    /// <summary>What is to be changed is not there, or the engine does not know the call.</summary>
    NotFound,
}

/// <summary>An engine's refusal, or its silence.</summary>
public sealed class EngineException(EngineFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public EngineFault Fault => fault;
}
