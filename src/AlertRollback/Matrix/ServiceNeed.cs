namespace AlertRollback.Matrix;

/// <summary>What a service has to declare for a step or check that is meant for it.</summary>
/// <param name="Key">The service's key.</param>
/// <param name="Example">How it is written.</param>
public sealed record ServiceNeed(string Key, string Example);
