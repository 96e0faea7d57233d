namespace AlertRollback.Yaml;

/// <summary>Collects faults, so that all of them are told at once. The same fault at the same place is told once.</summary>
public sealed class FaultList
{
    private readonly HashSet<MatrixFault> _faults = [];

    public int Count => _faults.Count;

    public void Add(Place place, string message, string? remedy) => _faults.Add(new MatrixFault(place, message, remedy));

    public void Add(MatrixFault fault) => _faults.Add(fault);

    public IReadOnlyList<MatrixFault> Sorted() =>
        [.. _faults.OrderBy(f => f.File, StringComparer.Ordinal).ThenBy(f => f.Line).ThenBy(f => f.Column).ThenBy(f => f.Message, StringComparer.Ordinal)];
}
