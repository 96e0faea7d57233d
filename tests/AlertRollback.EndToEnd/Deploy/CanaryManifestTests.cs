using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using YamlDotNet.Serialization;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>
/// The Argo Rollouts manifests of admission. Argo's controller is not here: what is tried is that they render, refer to each
/// other, and ask Prometheus questions that it understands and answers as meant.
/// </summary>
public sealed class CanaryManifestTests
{
    private const string Folder = "alert-rules/admission/argo";

    [Fact]
    public async Task Every_template_that_the_canary_names_is_defined_and_gets_the_arguments_it_asks_for()
    {
        var objects = await RenderAsync();
        var templates = objects.Where(o => Text(o["kind"]) == "AnalysisTemplate").ToDictionary(o => Text(o["metadata"]!["name"]), Arguments);
        var canary = objects.Single(o => Text(o["kind"]) == "Rollout")["spec"]!["strategy"]!["canary"]!;
        var analyses = canary["steps"]!.AsArray().Select(s => s!["analysis"]).OfType<JsonObject>().Append((JsonObject)canary["analysis"]!).ToList();

        analyses.Count.ShouldBe(2);
        foreach (var analysis in analyses)
        {
            var given = analysis["args"]!.AsArray().Select(a => Text(a!["name"]));
            var asked = analysis["templates"]!.AsArray().SelectMany(t => templates[Text(t!["templateName"])]);
            asked.Distinct().ShouldBe(given, ignoreOrder: true);
        }

        canary["analysis"]!["templates"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public async Task The_canary_is_routed_because_its_delays_and_ten_percent_of_two_pods_need_a_router()
    {
        var objects = await RenderAsync();
        var canary = objects.Single(o => Text(o["kind"]) == "Rollout")["spec"]!["strategy"]!["canary"]!;
        var services = objects.Where(o => Text(o["kind"]) == "Service").Select(o => Text(o["metadata"]!["name"])).ToList();
        var ingress = objects.Single(o => Text(o["kind"]) == "Ingress");

        services.ShouldContain(Text(canary["stableService"]));
        services.ShouldContain(Text(canary["canaryService"]));
        Text(canary["trafficRouting"]!["nginx"]!["stableIngress"]).ShouldBe(Text(ingress["metadata"]!["name"]));
        Text(ingress["spec"]!["rules"]![0]!["http"]!["paths"]![0]!["backend"]!["service"]!["name"]).ShouldBe(Text(canary["stableService"]));
        Text(canary["steps"]![0]!["setWeight"]).ShouldBe("10");
        Text(canary["steps"]![1]!["pause"]!["duration"]).ShouldBe("2m");
        Text(canary["scaleDownDelaySeconds"]).ShouldBe("30");
        Text(canary["abortScaleDownDelaySeconds"]).ShouldBe("30");
    }

    [Fact]
    public async Task Every_measurement_can_fail_succeed_or_be_neither()
    {
        foreach (var metric in await MetricsAsync())
        {
            Text(metric["interval"]).ShouldBe("30s");
            Text(metric["count"]).ShouldBe("5");
            Text(metric["failureLimit"]).ShouldBe("2");
            Text(metric["inconclusiveLimit"]).ShouldBe("1");
            Text(metric["successCondition"]).ShouldStartWith("len(result) > 0 && !isNaN(result[0]) && ");
            Text(metric["failureCondition"]).ShouldStartWith("len(result) > 0 && ");
        }
    }

    // The queries become recording rules, with the arguments filled in as Argo does it, and promtool answers them.
    [Fact]
    public async Task The_queries_measure_the_canary_s_own_pods_and_have_no_answer_without_traffic()
    {
        using var folder = new TemporaryFolder();
        var queries = (await MetricsAsync()).Select(m => (Name: Record(m), Query: Filled(Text(m["provider"]!["prometheus"]!["query"]))));
        folder.Write("rules.yml", RecordingRules.Of(queries));
        var test = folder.Write("rules.test.yml", """
            rule_files: [rules.yml]
            evaluation_interval: 15s
            tests:
              - interval: 15s
                input_series:
                  - {series: 'http_requests_total{job="user-service",pod="user-service-7d9f-aaaaa",status="200"}', values: '0+90x60'}
                  - {series: 'http_requests_total{job="user-service",pod="user-service-7d9f-aaaaa",status="500"}', values: '0+10x60'}
                  - {series: 'http_requests_total{job="user-service",pod="user-service-5c4b-bbbbb",status="200"}', values: '0+1000x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-7d9f-aaaaa",le="1"}', values: '0+100x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-7d9f-aaaaa",le="+Inf"}', values: '0+100x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-5c4b-bbbbb",le="1"}', values: '0x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-5c4b-bbbbb",le="+Inf"}', values: '0+100x60'}
                promql_expr_test:
                  - {expr: 'round(success_rate, 0.0001)', eval_time: 10m, exp_samples: [{labels: '{}', value: 0.9}]}
                  - {expr: 'round(error_rate, 0.0001)', eval_time: 10m, exp_samples: [{labels: '{}', value: 0.1}]}
                  - {expr: 'round(latency_p99, 0.0001)', eval_time: 10m, exp_samples: [{labels: '{}', value: 0.99}]}
              - interval: 15s
                input_series:
                  - {series: 'http_requests_total{job="user-service",pod="user-service-7d9f-aaaaa",status="200"}', values: '0+90x60'}
                promql_expr_test:
                  - {expr: success_rate, eval_time: 10m, exp_samples: [{labels: 'success_rate', value: 1}]}
                  - {expr: error_rate, eval_time: 10m, exp_samples: [{labels: 'error_rate', value: 0}]}
              - interval: 15s
                input_series:
                  - {series: 'http_requests_total{job="user-service",pod="user-service-7d9f-aaaaa",status="500"}', values: '0+90x60'}
                promql_expr_test:
                  - {expr: success_rate, eval_time: 10m, exp_samples: [{labels: 'success_rate', value: 0}]}
              - interval: 15s
                input_series:
                  - {series: 'http_requests_total{job="user-service",pod="user-service-7d9f-aaaaa",status="200"}', values: '7x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-7d9f-aaaaa",le="1"}', values: '7x60'}
                  - {series: 'http_request_duration_seconds_bucket{job="user-service",pod="user-service-7d9f-aaaaa",le="+Inf"}', values: '7x60'}
                promql_expr_test:
                  - {expr: '{__name__=~".+_rate|latency_p99"}', eval_time: 10m, exp_samples: []}
            """);

        await Tool.RunAsync("promtool", ["test", "rules", test]);
    }

    private static async Task<IReadOnlyList<JsonNode>> MetricsAsync()
    {
        var metrics = (await RenderAsync()).Where(o => Text(o["kind"]) == "AnalysisTemplate").SelectMany(o => o["spec"]!["metrics"]!.AsArray()).ToList();
        metrics.Count.ShouldBe(3);
        return metrics!;
    }

    private static IEnumerable<string> Arguments(JsonObject template) => [.. template["spec"]!["args"]!.AsArray().Select(a => Text(a!["name"]))];

    private static string Record(JsonNode metric) => Text(metric["name"]).Replace('-', '_');

    private static string Filled(string query)
    {
        var filled = query
            .Replace("{{args.service-name}}", "user-service", StringComparison.Ordinal)
            .Replace("{{args.canary-hash}}", "7d9f", StringComparison.Ordinal);
        filled.ShouldNotContain("{{");
        return filled;
    }

    private static async Task<IReadOnlyList<JsonObject>> RenderAsync()
    {
        var rendered = await Tool.RunAsync("kubectl", ["kustomize", Folder]);
        var json = new SerializerBuilder().JsonCompatible().Build();
        return [.. rendered.Split("\n---\n").Select(o => (JsonObject)JsonNode.Parse(json.Serialize(new Deserializer().Deserialize(o)))!)];
    }

    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
