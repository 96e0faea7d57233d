using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using YamlDotNet.Serialization;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>What <c>kubectl kustomize</c> makes of deploy/, without a cluster.</summary>
public sealed class RenderedBaseTests
{
    [Fact]
    public async Task The_deployment_is_one_process_without_rights_on_its_own_machine()
    {
        var deployment = Only(await RenderAsync("deploy/base"), "Deployment")["spec"]!;
        var pod = deployment["template"]!["spec"]!;
        var container = pod["containers"]![0]!;

        Text(deployment["replicas"]).ShouldBe("1");
        Text(deployment["strategy"]!["type"]).ShouldBe("Recreate");
        Text(pod["securityContext"]!["runAsNonRoot"]).ShouldBe("true");
        Text(container["securityContext"]!["readOnlyRootFilesystem"]).ShouldBe("true");
        Text(container["securityContext"]!["allowPrivilegeEscalation"]).ShouldBe("false");
        Text(container["securityContext"]!["capabilities"]!["drop"]![0]).ShouldBe("ALL");
        Text(container["livenessProbe"]!["httpGet"]!["path"]).ShouldBe("/healthz");
        Text(container["readinessProbe"]!["httpGet"]!["path"]).ShouldBe("/readyz");
    }

    // A full volume of the journal stops everything.
    [Fact]
    public async Task No_clone_lies_on_the_volume_of_the_journal()
    {
        var pod = Only(await RenderAsync("deploy/base"), "Deployment")["spec"]!["template"]!["spec"]!;
        var mounts = pod["containers"]![0]!["volumeMounts"]!.AsArray();
        var operators = OperatorConfigurationReader.Read(Repository.File("deploy/base/operator.yml")).Configuration.ShouldNotBeNull();
        string VolumeOf(string path) => Text(mounts.Where(m => path.StartsWith($"{Text(m!["mountPath"])}/", StringComparison.Ordinal)).MaxBy(m => Text(m!["mountPath"]).Length)!["name"]);
        var clones = operators.Teams.Values.SelectMany(t => t.Repositories.Values).Select(r => VolumeOf(r.Directory)).ToList();

        VolumeOf(operators.Journal).ShouldBe("journal");
        clones.ShouldNotBeEmpty();
        clones.ShouldAllBe(c => c == "clones");
        var claims = pod["volumes"]!.AsArray().Where(v => Text(v!["name"]) is "journal" or "clones").Select(v => Text(v!["persistentVolumeClaim"]!["claimName"])).ToList();
        claims.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task The_pod_is_put_only_where_the_image_s_program_can_run()
    {
        var profile = File.ReadAllText(Repository.File("src/AlertRollback/Properties/PublishProfiles/Image.pubxml"));
        var node = Only(await RenderAsync("deploy/base"), "Deployment")["spec"]!["template"]!["spec"]!["nodeSelector"]!;

        profile.ShouldContain("<RuntimeIdentifier>linux-x64</RuntimeIdentifier>");
        node.ToJsonString().ShouldBe("""{"kubernetes.io/arch":"amd64","kubernetes.io/os":"linux"}""");
    }

    [Fact]
    public async Task The_mounted_matrix_and_configuration_are_the_ones_in_the_repository()
    {
        var maps = (await RenderAsync("deploy/base")).Where(o => Text(o["kind"]) == "ConfigMap").SelectMany(o => (JsonObject)o["data"]!).ToDictionary();

        Text(maps["operator.yml"]).ShouldBe(File.ReadAllText(Repository.File("deploy/base/operator.yml")));
        maps.Values.Select(Text).ShouldContain(File.ReadAllText(Repository.File("alert-rules/rental/matrix.yml")));
    }

    [Fact]
    public async Task No_role_mentions_Secrets_deleting_or_everything_and_only_evicting_and_running_programs_create()
    {
        var rules = (await RenderAsync("deploy/overlays/example"))
            .Where(o => Text(o["kind"]) is "Role" or "ClusterRole")
            .SelectMany(o => o["rules"]!.AsArray())
            .ToList();

        rules.ShouldNotBeEmpty();
        rules.SelectMany(r => r!["resources"]!.AsArray()).Select(Text).ShouldNotContain(r => r == "secrets" || r == "*");
        rules.SelectMany(r => r!["verbs"]!.AsArray()).Select(Text).ShouldBeSubsetOf(["get", "list", "watch", "patch", "create"]);
        rules.Where(r => r!["verbs"]!.AsArray().Any(v => Text(v) == "create")).ShouldAllBe(r => r!["resources"]!.ToJsonString() == "[\"pods/eviction\"]" || r["resources"]!.ToJsonString() == "[\"pods/exec\"]");
    }

    // The guard of rental's undo asks the database by a program in its pod; what it cannot ask, it refuses.
    [Fact]
    public async Task The_example_may_run_programs_in_pods_of_the_team_whose_database_is_in_one_and_nowhere_else()
    {
        var team = OperatorConfigurationReader.Read(Repository.File("deploy/base/operator.yml")).Configuration.ShouldNotBeNull().Teams["rental"];
        var objects = await RenderAsync("deploy/overlays/example");
        var roles = objects.Where(o => Text(o["kind"]) == "Role" && o["rules"]!.ToJsonString().Contains("\"pods/exec\"", StringComparison.Ordinal)).Select(o => Text(o["metadata"]!["namespace"]));

        team.Databases["rental"].Reach.ShouldBeOfType<DatabaseReach.Pod>();
        roles.ShouldBe(team.Namespaces);
        objects.Where(o => Text(o["kind"]) == "RoleBinding" && Text(o["roleRef"]!["name"]) == "alertrollback-exec").Select(o => Text(o["metadata"]!["namespace"])).ShouldBe(team.Namespaces);
    }

    /// <summary>What the base and the teams' examples grant and ask over the network.</summary>
    public static TheoryData<string> Operators() =>
        ["deploy/base/operator.yml", .. Directory.EnumerateFiles(Repository.File("alert-rules"), "matrix.yml", SearchOption.AllDirectories).Select(f => $"alert-rules/{Path.GetFileName(Path.GetDirectoryName(f))}/operator.example.yml").Order(StringComparer.Ordinal)];

    // What is dropped on the way is a measured failure of the check that asked.
    [Theory]
    [MemberData(nameof(Operators))]
    public async Task Whatever_an_operator_grants_can_be_reached_through_the_policy(string file)
    {
        var egress = Only(await RenderAsync("deploy/base"), "NetworkPolicy")["spec"]!["egress"]!.AsArray();
        var everywhere = egress.Where(r => r!["to"] is null).SelectMany(r => r!["ports"]!.AsArray()).Where(p => Text(p!["protocol"]) == "TCP").Select(p => int.Parse(Text(p!["port"]), CultureInfo.InvariantCulture)).ToList();
        var wholeCluster = egress.Any(r => r!["ports"] is null && r["to"]!.AsArray().Any(t => t!.ToJsonString() == """{"namespaceSelector":{}}"""));
        var read = OperatorConfigurationReader.Read(Repository.File(file)).Configuration.ShouldNotBeNull();

        var engines = read.Teams.Values.SelectMany(t => t.Engines.Values).Select(e => new Uri(e.Address));
        var asked = read.Teams.Values.SelectMany(t => t.Hosts).Select(h => new Uri($"https://{h}"))
            .Concat(new[] { read.Prometheus, read.Alertmanager }.OfType<HttpSource>().Select(s => new Uri(s.Url)))
            .ToList();

        asked.ShouldNotBeEmpty();
        asked.Where(a => !everywhere.Contains(a.Port) && !(wholeCluster && IsInCluster(a.Host))).ShouldBeEmpty();
        engines.Where(e => !everywhere.Contains(e.Port)).ShouldBeEmpty("an engine is on a machine of its own");
    }

    [Fact]
    public async Task Alertmanager_posts_to_where_the_example_overlay_puts_the_service_from_where_the_policy_admits_it()
    {
        var objects = await RenderAsync("deploy/overlays/example");
        var service = Only(objects, "Service");
        var configuration = File.ReadAllText(Repository.File("deploy/alertmanager.yml"));

        configuration.ShouldContain($"- url: http://{Text(service["metadata"]!["name"])}.{Text(service["metadata"]!["namespace"])}:{Text(service["spec"]!["ports"]![0]!["port"])}/api/v1/alerts\n");
        Only(objects, "NetworkPolicy")["spec"]!["ingress"]!.ToJsonString().ShouldContain("\"kubernetes.io/metadata.name\":\"monitoring\"");
    }

    // With the Operator nothing of the plain file is read.
    [Fact]
    public void What_the_Prometheus_Operator_is_given_says_what_the_plain_files_say()
    {
        var plain = File.ReadAllText(Repository.File("deploy/alertmanager.yml"));
        var objects = Parsed(File.ReadAllText(Repository.File("deploy/prometheus-operator.yml")));
        var spec = Only(objects, "AlertmanagerConfig")["spec"]!;
        var (route, webhook) = (spec["route"]!, spec["receivers"]![0]!["webhookConfigs"]![0]!);

        plain.ShouldContain($"- url: {Text(webhook["url"])}\n");
        plain.ShouldContain($"\n        send_resolved: {Text(webhook["sendResolved"])}\n");
        plain.ShouldContain($"\n        max_alerts: {Text(webhook["maxAlerts"])}\n");
        plain.ShouldContain($"\n  group_by: [{string.Join(", ", route["groupBy"]!.AsArray().Select(Text))}]\n");
        plain.ShouldContain($"\n  group_wait: {Text(route["groupWait"])}\n");
        plain.ShouldContain($"\n  group_interval: {Text(route["groupInterval"])}\n");
        plain.ShouldContain($"\n  repeat_interval: {Text(route["repeatInterval"])}\n");
        var (own, receivers) = (route["routes"]![0]!, spec["receivers"]!.AsArray().Select(r => Text(r!["name"])));
        plain.ShouldContain($"\n    - receiver: {Text(own["receiver"])}\n      matchers: ['{Text(own["matchers"]![0]!["name"])}=\"{Text(own["matchers"]![0]!["value"])}\"']\n");
        receivers.ShouldBe(["alertrollback", "people"]);
        receivers.ShouldAllBe(r => plain.Contains($"\n  - name: {r}\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_Prometheus_Operator_scrapes_what_the_plain_file_does_and_finds_the_service_where_the_example_overlay_puts_it()
    {
        var plain = File.ReadAllText(Repository.File("deploy/prometheus.yml"));
        var monitors = Parsed(File.ReadAllText(Repository.File("deploy/prometheus-operator.yml"))).Where(o => Text(o["kind"]) == "ServiceMonitor").ToDictionary(o => Text(o["metadata"]!["name"]), o => o["spec"]!);
        IEnumerable<string> Relabelled(string monitor) => monitors[monitor]["endpoints"]![0]!["relabelings"]!.AsArray().Select(r => $"{r!["action"]}{r["regex"]}{r["targetLabel"]}: {r["replacement"]}");
        Relabelled("rental-api").ShouldBe(["service: rental-api", "job: rental-api"]);
        Relabelled("alertrollback").ShouldBe(["labeldropservice: ", "job: alertrollback"]);
        monitors.Keys.ShouldAllBe(m => plain.Contains($"- job_name: {m}\n", StringComparison.Ordinal));

        var service = Only(await RenderAsync("deploy/overlays/example"), "Service");
        var (own, place) = (monitors["alertrollback"], service["metadata"]!);
        own["namespaceSelector"]!["matchNames"]!.AsArray().Select(Text).ShouldBe([Text(place["namespace"])]);
        own["selector"]!["matchLabels"]!.AsObject().ShouldAllBe(l => Text(place["labels"]![l.Key]) == Text(l.Value));
        service["spec"]!["ports"]!.AsArray().Select(p => Text(p!["name"])).ShouldContain(Text(own["endpoints"]![0]!["port"]));
        plain.ShouldContain($"- targets: [{Text(place["name"])}.{Text(place["namespace"])}:{Text(service["spec"]!["ports"]![0]!["port"])}]\n");
    }

    private static bool IsInCluster(string host) => !host.Contains('.', StringComparison.Ordinal) || host.EndsWith(".svc.cluster.local", StringComparison.Ordinal) || host.EndsWith(".monitoring", StringComparison.Ordinal);

    private static async Task<IReadOnlyList<JsonObject>> RenderAsync(string folder) => Parsed(await Tool.RunAsync("kubectl", ["kustomize", folder]));

    private static IReadOnlyList<JsonObject> Parsed(string documents)
    {
        var json = new SerializerBuilder().JsonCompatible().Build();
        return [.. documents.Split("\n---\n").Select(o => (JsonObject)JsonNode.Parse(json.Serialize(new Deserializer().Deserialize(o)))!)];
    }

    private static JsonObject Only(IEnumerable<JsonObject> objects, string kind) => objects.Single(o => Text(o["kind"]) == kind);

    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
