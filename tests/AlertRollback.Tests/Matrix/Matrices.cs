using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Tests.Matrix;

/// <summary>Matrices as texts, loaded with the fake catalog.</summary>
internal static class Matrices
{
    /// <summary>Line 1 to 24 of a small sound matrix; tests replace a part of it or add to its end.</summary>
    public const string Rental = """
        team: rental
        services:
          rental-api:
            workload: {deployment: production/rental-api}
            url: https://api.example.com
            slack: "#rental-ops"
        severities:
          critical: {start_within: 5m}
          low: {}
        rows:
          - name: critical band
            matchers: ['severity="critical"']
            playbook: undo
          - name: low band
            matchers: ['severity="low"']
            log: true
        playbooks:
          undo:
            steps:
              - rollout_undo: {to: last_known_good}
            verify: [healthy]
        checks:
          healthy:
            all: [http: /health]

        """;

    public static MatrixOutcome Load(string content, OperatorConfiguration? configuration = null) => Load(configuration, ("matrix.yml", content));

    public static MatrixOutcome Load(OperatorConfiguration? configuration, params (string Name, string Content)[] files) =>
        MatrixLoader.Load(new MatrixFiles([.. files.Select(f => new MatrixFile(f.Name, f.Name, f.Content))]), FakeCatalog.Create(), configuration);

    public static DecisionMatrix Sound(string content)
    {
        var outcome = Load(content);
        outcome.Faults.ShouldBeEmpty();
        return outcome.Matrix.ShouldNotBeNull();
    }

    public static string Replaced(string part, string by)
    {
        Rental.ShouldContain(part);
        return Rental.Replace(part, by, StringComparison.Ordinal);
    }
}
