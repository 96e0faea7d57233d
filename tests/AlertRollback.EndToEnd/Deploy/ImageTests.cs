using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>What the container image has to hold besides the program; the image itself is not built here.</summary>
public sealed class ImageTests
{
    private const string TimeZones = "/usr/share/zoneinfo";

    [Fact]
    public void The_image_has_the_time_zones_although_its_base_has_none()
    {
        var last = File.ReadAllText(Repository.File("Dockerfile")).Split("\nFROM ")[^1];

        last.Split('\n')[0].ShouldEndWith("-chiseled");
        last.ShouldContain($"\nCOPY --from=build {TimeZones} {TimeZones}\n");
    }

    // An emulated SDK is slow, and crashes; the last stage has nothing to run.
    [Fact]
    public void The_image_is_built_without_emulation_whatever_machine_builds_it()
    {
        var stages = File.ReadAllText(Repository.File("Dockerfile")).Split('\n').Where(l => l.StartsWith("FROM ", StringComparison.Ordinal)).ToList();

        stages.Count.ShouldBe(2);
        stages[0].ShouldStartWith("FROM --platform=$BUILDPLATFORM ");
        stages[1].ShouldNotContain("--platform");
        File.ReadAllText(Repository.File("Dockerfile")).Split(stages[1])[1].ShouldNotContain("\nRUN ");
    }

    [Fact]
    public async Task A_matrix_that_names_a_time_zone_is_refused_where_there_are_none()
    {
        using var empty = new TemporaryFolder();

        var (withZones, _, _) = await CheckAsync(TimeZones);
        var (without, output, errors) = await CheckAsync(empty.Path);

        withZones.ShouldBe(0);
        without.ShouldBe(1);
        (output + errors).ShouldContain("America/Santiago");
    }

    private static Task<(int ExitCode, string Output, string Errors)> CheckAsync(string zones) =>
        Tool.TryAsync("env", [$"TZDIR={zones}", Repository.Program, "check", "alert-rules/admission"]);
}
