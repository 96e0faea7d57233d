namespace AlertRollback.Matrix;

/// <summary>All actions and checks that a matrix file may name, by their words.</summary>
public interface ICatalog
{
    IReadOnlyDictionary<string, IActionKind> Actions { get; }

    IReadOnlyDictionary<string, ICheckKind> Checks { get; }
}
