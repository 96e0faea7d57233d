namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>
/// The core over long stretches of chance: nothing is written twice, unasked or in shadow, every run comes to an end that
/// people hear of, and no alert is lost. SIMULATED_SEEDS=FROM-TO tries others.
/// </summary>
public sealed class SimulationTests
{
    private const int Steps = 120;

    public static TheoryData<int> Seeds
    {
        get
        {
            var span = (Environment.GetEnvironmentVariable("SIMULATED_SEEDS") ?? "1-12").Split('-').Select(int.Parse).ToArray();
            return [.. Enumerable.Range(span[0], span[1] - span[0] + 1)];
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_the_rules_hold(int seed) =>
        string.Join("\n", (await Simulation.RunAsync(seed, Steps)).Violations).ShouldBeEmpty();

    /// <summary>Of what happened above people hear, whatever the network does and whenever the process is killed.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_people_are_told_everything_once(int seed)
    {
        var (_, commits) = await Simulation.RunAsync(seed, Steps / 3);
        using var told = new Telling(seed);
        string.Join("\n", await told.RunAsync(commits)).ShouldBeEmpty();
    }
}
