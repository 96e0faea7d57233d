using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What people of AI Diagnostics start besides an undo, on its shipped files, with stand-ins for what runs in its pods.</summary>
public sealed class DiagnosticsByHandTests : IAsyncLifetime
{
    private const string Api = "ai-diagnostics-api";
    private static readonly string[] Features = ["ai_diagnostics_enabled", "lab_integration_enabled", "fhir_integration_enabled"];

    private TeamStage _stage = null!;
    private DiagnosticsPods _pods = null!;
    private Workload _api = null!;

    public async ValueTask InitializeAsync()
    {
        _stage = await TeamStage.CreateAsync("diagnostics");
        _api = await _stage.DeployAsync(Api, "ai-diagnostics-api:v1", replicas: 3);
        _pods = await DiagnosticsPods.CreateAsync(_stage);
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task Where_patients_are_in_danger_a_clinicians_word_puts_the_good_release_back_and_the_executives_hear_of_it_first()
    {
        var good = await _api.TemplateAsync();
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, "ai-diagnostics-api:v2");
        var calledAtTheUndo = false;
        _stage.Api.BeforeWrite = () =>
        {
            calledAtTheUndo = JournalFile.Events(_stage.Files.Journal).Any(e => e.Type == "paged" && e.Data.Contains("executives", StringComparison.Ordinal));
            return Task.FromResult(true);
        };

        await _stage.ClosedAsync((await _stage.StartAsync("ida", "patient_safety", [Api])).Single());

        calledAtTheUndo.ShouldBeTrue();
        (await _api.TemplateAsync(), await _api.ReplicasAsync()).ShouldBe((good, 3));
        _stage.Api.Accepted.ShouldBe([$"PATCH /{_api.Path}"]);
        await _stage.ToldAsync("<@U012AB3ED>", "Patient safety is in question", "ida started patient_safety", "Every diagnosis since the release is looked at by a clinician");
    }

    [Fact]
    public async Task Features_are_switched_off_and_read_back_as_off_while_the_application_stays()
    {
        foreach (var feature in Features)
            _pods.SetFlag(feature, "true");
        _pods.SetFlag("ai_diagnostics_rollout", "25");
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "disable_features", [Api])).Single());

        Features.Append("ai_diagnostics_rollout").Select(_pods.Flag).ShouldBe(["false", "false", "false", "0"]);
        _stage.Api.Accepted.ShouldBeEmpty();
        await _stage.ToldAsync("features_off", "ai_diagnostics_rollout");
    }

    [Fact]
    public async Task An_investigation_shows_what_is_well_and_what_is_not_and_changes_nothing()
    {
        _stage.Application.Measure = query => query.StartsWith("up{", StringComparison.Ordinal) ? 1 : 0.42;
        _stage.Application.Answer = asked => Task.FromResult(asked.Path == "/api/health/redis" ? (503, "{}") : (200, "{}"));
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "investigate", [Api])).Single());

        await _stage.ToldAsync(
            "up: 1", "share of the memory limit: 0.42", "GET /api/health/redis: 503", "GET /api/health/ai-services: 200", "/REST/version: 200", "ping of diagnostics: 1",
            "address of mongodb-cluster: 10.0.0.7 mongodb-cluster", "npm run metrics:error-rate", "0.4 %", "this cluster has no metrics API");
        _stage.Api.Accepted.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_circuit_breaker_is_set_in_the_environment_and_stays_there()
    {
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("tom", "circuit_breaker", [Api])).Single());

        (await _api.LiveAsync())["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.ToJsonString()
            .ShouldBe("""[{"name":"CIRCUIT_BREAKER_ENABLED","value":"true"},{"name":"CIRCUIT_BREAKER_THRESHOLD","value":"5"}]""");
        (await _api.ReplicasAsync()).ShouldBe(3);
        await _api.CompleteAsync();
        _stage.Api.Accepted.ShouldBe([$"PATCH /{_api.Path}"]);
        await _stage.ToldAsync("tom started circuit_breaker", "CIRCUIT_BREAKER_THRESHOLD");
    }
}
