using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What Paperless Maverick runs, and the configuration that both of its Deployments read.</summary>
internal static class PaperlessWorld
{
    public const string Application = "paperless-maverick";
    public const string Workers = "embedding-queue-workers";
    public const string GoodSettings = """{"MAX_UPLOAD_MB":"20","OCR_TIMEOUT_SECONDS":"30"}""";

    private const string Settings = "paperless-maverick-config";

    /// <param name="configured">Both read the ConfigMap.</param>
    public static async Task<(Workload Application, Workload Workers)> DeployAsync(TeamStage stage, bool configured = false, string version = "v1")
    {
        if (configured)
            await CreateSettingsAsync(stage);
        var map = configured ? Settings : null;
        return (await stage.DeployAsync(Application, $"{Application}:{version}", 3, configMap: map), await stage.DeployAsync(Workers, $"{Workers}:{version}", 2, configMap: map));
    }

    public static Task ConfigurationIsKnownAsync(TeamStage stage) => Eventually.BeAsync("the configuration is known to be good", TimeSpan.FromSeconds(90), () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "configuration_seen" && e.Data.Contains($"/{Application}\"", StringComparison.Ordinal) && e.Data.Contains("\"good\":true", StringComparison.Ordinal)));

    public static Task MigrationIsKnownAsync(TeamStage stage, string migration) => Eventually.BeAsync("the migration of the good release is known", TimeSpan.FromSeconds(90), () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "measured" && e.Data.Contains(migration, StringComparison.Ordinal)));

    public static string SettingsPath(TeamStage stage) => $"api/v1/namespaces/{stage.Space.Name}/configmaps/{Settings}";

    public static async Task<string> SettingsAsync(TeamStage stage) => (await stage.Space.GetAsync(SettingsPath(stage)))["data"]!.ToJsonString();

    /// <summary>Somebody changes the configuration by hand.</summary>
    public static Task EditSettingsAsync(TeamStage stage) =>
        stage.Space.PatchAsync(SettingsPath(stage), """{"data": {"MAX_UPLOAD_MB": "0", "NEW": "1"} }""", "merge-patch", "kubectl-edit");

    public static async Task<bool> RestartedAsync(Workload workload) => (await workload.TemplateAsync()).Contains("kubectl.kubernetes.io/restartedAt", StringComparison.Ordinal);

    private static Task<JsonObject> CreateSettingsAsync(TeamStage stage) =>
        stage.Space.PostAsync($"api/v1/namespaces/{stage.Space.Name}/configmaps?fieldManager=kubectl-create", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = Settings },
            ["data"] = JsonNode.Parse(GoodSettings),
        });
}
