using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What the reports team runs, on the stage: both Deployments, flags, Ingress, maintenance page, databases' pods and the CronJob.</summary>
internal sealed class ReportsWorld : IAsyncDisposable
{
    private readonly ClusterNamespace space;
    private ReportsDatabase? database;

    private ReportsWorld(TeamStage stage)
    {
        Stage = stage;
        space = stage.Space;
    }

    public TeamStage Stage { get; }

    public ReportsDatabase Database => database.ShouldNotBeNull();

    /// <summary>The actions of the steps that ended, in their order.</summary>
    public IReadOnlyList<string> Steps =>
        [.. JournalFile.Events(Stage.Files.Journal).Where(e => e.Type == "step_ended").Select(e => (string)JsonNode.Parse(e.Data)!["action"]!)];

    public string FlagsPath => $"api/v1/namespaces/{space.Name}/configmaps/feature-flags";

    public string IngressPath => $"apis/networking.k8s.io/v1/namespaces/{space.Name}/ingresses/pharma-care-ingress";

    public string JobsPath => $"apis/batch/v1/namespaces/{space.Name}/jobs";

    /// <summary>Program and collection of what was run for the backup, in its order.</summary>
    public IReadOnlyList<string> Commands => [.. Backups.Select(b => $"{b.Split(' ')[1]} {Collection(b)}")];

    /// <summary>The archives' names without their collections, as they are called until they are proven.</summary>
    public IReadOnlyList<string> Archives => [.. Backups.Select(b => b.Split("--archive=")[1].Replace(Collection(b), "*", StringComparison.Ordinal)).Distinct()];

    private IEnumerable<string> Backups => Stage.Api.Executed.Where(e => e.StartsWith("mongodb-primary-0: mongo", StringComparison.Ordinal) && e.Contains("--archive", StringComparison.Ordinal));

    /// <param name="check">The image of the integrity check; its tag says how it ends.</param>
    /// <param name="failing">A program that fails in the database's pod; null: none.</param>
    /// <param name="withDatabase">MongoDB's programs do something; else they are only recorded.</param>
    public static async Task<ReportsWorld> CreateAsync(string check = "check:v1", string? failing = null, bool withDatabase = false)
    {
        var world = new ReportsWorld(await TeamStage.CreateAsync("reports"));
        try
        {
            if (withDatabase)
                world.database = await ReportsDatabase.ArrangeAsync(world.Stage);
            await world.ArrangeAsync(check, failing);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>The service runs and knows both Deployments; with the template the backend ran well with.</summary>
    public async Task<(Workload Backend, Workload Workers, string Good)> ServeAsync()
    {
        var backend = await Stage.DeployAsync("pharma-care-backend", "pharma-care-backend:v1", replicas: 3);
        await space.PatchAsync(backend.Path, """{"metadata": {"annotations": {"alertrollback.io/database-change": "none"} } }""");
        var workers = await Stage.DeployAsync("reports-job-processor", "reports-job-processor:v1", replicas: 2);
        var good = await backend.TemplateAsync();
        await Stage.ServeAsync();
        return (backend, workers, good);
    }

    public async Task<string?> FlagAsync() => (string?)(await space.GetAsync(FlagsPath))["data"]!["REPORTS_MODULE_ENABLED"];

    public async Task<string> IngressAsync() => (await space.GetAsync(IngressPath))["spec"]!.ToJsonString();

    public async Task<IReadOnlyList<JsonNode>> JobsAsync() => [.. (await space.GetAsync(JobsPath))["items"]!.AsArray().Select(j => j!)];

    /// <summary>The images that pipelines are told not to deploy again.</summary>
    public IReadOnlyList<string> Quarantined =>
        [.. JournalFile.Events(Stage.Files.Journal).Where(e => e.Type == "quarantined").Select(e => (string)JsonNode.Parse(e.Data)!["images"]![0]!)];

    public ValueTask DisposeAsync() => Stage.DisposeAsync();

    private async Task ArrangeAsync(string check, string? failing)
    {
        // Nothing runs in the pods of this cluster: what the databases' own programs answer is said by echo.
        if (database is null)
            Stage.MatrixChanges.Add(("- mongo: reports ", "- exec: {pod: mongodb-primary-0, command: [echo, \"1\"], equals: 1} "));
        Stage.MatrixChanges.Add(("- redis: reports-cache", "- exec: {pod: reports-redis-cache-0, command: [echo, PONG], output: {contains: PONG}}"));
        await space.PostAsync($"api/v1/namespaces/{space.Name}/configmaps", Json("""{"metadata": {"name": "feature-flags"}, "data": {"REPORTS_MODULE_ENABLED": "true", "OTHER": "x"} }"""));
        await PodAsync("mongodb-primary-0", failing is null ? "{}" : $$"""{"fake-kubelet/exec-fail": "{{failing}}"}""");
        await PodAsync("reports-redis-cache-0", "{}");
        await Workload.CreateAsync(space, "deployments", "maintenance:v1", 1, "maintenance");
        await space.PostAsync($"api/v1/namespaces/{space.Name}/services", Json("""{"metadata": {"name": "maintenance-service"}, "spec": {"selector": {"app": "maintenance"}, "ports": [{"port": 80, "targetPort": 8080}]} }"""));
        await space.PostAsync(IngressPath[..IngressPath.LastIndexOf('/')], Json(Ingress));
        await space.PostAsync($"apis/batch/v1beta1/namespaces/{space.Name}/cronjobs", Json($$"""
            {"metadata": {"name": "data-integrity-check"}, "spec": {"schedule": "0 3 1 1 *", "jobTemplate": {"spec": {"backoffLimit": 0,
              "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "check", "image": "{{check}}"}], "tolerations": [{"operator": "Exists"}]} } } } } }
            """));
    }

    private const string Ingress = """
        {"metadata": {"name": "pharma-care-ingress"}, "spec": {"rules": [{"host": "pharma-care.example.com", "http": {"paths": [
          {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "pharma-care-frontend", "port": {"number": 80} } } },
          {"path": "/api/reports", "pathType": "Prefix", "backend": {"service": {"name": "pharma-care-backend-service", "port": {"name": "http"} } } }]} }]} }
        """;

    // A new namespace takes no pods until its service account has a token.
    private Task<JsonObject> PodAsync(string name, string annotations) => Eventually.GetAsync($"pod {name} is created", TimeSpan.FromSeconds(30), async () =>
        (JsonObject?)await space.PostAsync($"api/v1/namespaces/{space.Name}/pods", Json($$"""
            {"metadata": {"name": "{{name}}", "annotations": {{annotations}} }, "spec": {"containers": [{"name": "db", "image": "db:v1"}], "tolerations": [{"operator": "Exists"}]} }
            """)));

    private static string Collection(string command) => command.Contains("reporttemplates", StringComparison.Ordinal) ? "reporttemplates" : "reportschedules";

    private static JsonObject Json(string json) => (JsonObject)JsonNode.Parse(json)!;
}
