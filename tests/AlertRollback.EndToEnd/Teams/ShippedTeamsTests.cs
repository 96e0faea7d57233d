namespace AlertRollback.EndToEnd.Teams;

/// <summary>What the teams' tests stand on: the shipped files, put where a test's cluster and hosts are.</summary>
public sealed class ShippedTeamsTests
{
    [Theory]
    [InlineData("admission")]
    [InlineData("diagnostics")]
    [InlineData("paperless")]
    [InlineData("rental")]
    [InlineData("reports")]
    public async Task The_service_runs_on_the_shipped_files_of_the_team_and_everything_in_them_is_granted(string team)
    {
        await using var stage = await TeamStage.CreateAsync(team);
        await stage.ServeAsync();

        ((string?)(await stage.Service.GetAsync("status"))["matrixTrouble"]).ShouldBeNull();
        var matrix = File.ReadAllText(Path.Combine(stage.Files.Folder, "matrix", "matrix.yml"));
        matrix.ShouldContain($"/{stage.Space.Name}/".Trim('/'));
        matrix.ShouldContain(stage.Application.Url.Authority);
    }
}
