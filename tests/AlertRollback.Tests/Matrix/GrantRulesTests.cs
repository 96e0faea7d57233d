using AlertRollback.Operators;

namespace AlertRollback.Tests.Matrix;

public sealed class GrantRulesTests
{
    private static readonly TeamGrants Grants = new()
    {
        Namespaces = ["production"],
        Hosts = ["api.example.com", "other.example.com", "rental-api.production.svc:8080"],
        Channels = ["#rental-ops"],
        Components = new Dictionary<string, string> { ["Rental"] = "id" },
        Roles = new Dictionary<string, string> { ["devops"] = "@here" },
        Secrets = new Dictionary<string, GrantedSecret>
        {
            ["key"] = new("/key", ["api.example.com"]),
            ["foreign-key"] = new("/foreign-key", ["other.example.com"]),
            ["cluster-key"] = new("/cluster-key", ["rental-api.production.svc:8080"]),
        },
    };

    [Theory]
    [InlineData("patch: {kind: NetworkPolicy, name: x, merge: {a: 1}}", null)]
    [InlineData("patch: {kind: Role, api_version: rbac.authorization.k8s.io/v1, name: x, merge: {a: 1}}", "the kind \"Role.rbac.authorization.k8s.io\" is not granted to the team \"rental\"")]
    [InlineData("patch: {kind: Role, api_version: elsewhere.example.com/v1, name: x, merge: {a: 1}}", "the kind \"Role.elsewhere.example.com\" is not granted to the team \"rental\"")]
    [InlineData("patch: {kind: PodDisruptionBudget, api_version: policy/v1, name: x, merge: {a: 1}}", null)]
    [InlineData("apply: {manifest: {apiVersion: v1, kind: ServiceAccount, metadata: {name: x}}}", "the kind \"ServiceAccount\" is not granted to the team \"rental\"")]
    public void S15_kinds_that_may_carry_power_have_to_be_granted(string step, string? fault)
    {
        var matrix = Matrices.Replaced("rollout_undo: {to: last_known_good}", step);

        Faults(matrix, Grants with { Kinds = ["PodDisruptionBudget.policy"] }).ShouldBe(fault is null ? [] : [fault]);
    }

    [Theory]
    [InlineData("kustomization/flux-system/rental", "the owner \"kustomization/flux-system/rental\" is not granted to the team \"rental\"")]
    [InlineData("kustomization/flux-system/${service}", null)]
    public void S15_what_deploys_a_service_has_to_be_granted(string owner, string? fault)
    {
        var matrix = Matrices.Replaced("rollout_undo: {to: last_known_good}", "suspend_owner").Replace("    slack:", $"    owned_by: {owner}\n    slack:", StringComparison.Ordinal);

        Faults(matrix, Grants with { Owners = ["kustomization/flux-system/rental-api"] }).ShouldBe(fault is null ? [] : [fault]);
    }

    [Fact]
    public void What_is_granted_may_be_named()
    {
        var matrix = Matrices.Replaced("[http: /health]", "[http: {get: [/health, 'https://api.example.com/x'], bearer: key}]")
            .Replace("slack:", "statuspage: {component: Rental}\n    slack:", StringComparison.Ordinal)
            .Replace("verify: [healthy]", "verify: [healthy]\n    on_failure: [page: devops]", StringComparison.Ordinal);

        Matrices.Load(matrix, Configuration(Grants)).Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Grant.Command)]
    [InlineData(Grant.Repository)]
    [InlineData(Grant.Engine)]
    [InlineData(Grant.Directory)]
    [InlineData(Grant.Kind)]
    [InlineData(Grant.Owner)]
    public void What_is_granted_outside_Kubernetes_has_its_name(Grant grant)
    {
        var grants = Grants with
        {
            Commands = new Dictionary<string, GrantedCommand> { ["Command"] = new(["/bin/true"]) },
            Repositories = new Dictionary<string, GrantedRepository> { ["Repository"] = new("https://git.example.com/x", "/clones/x", ["main"]) },
            Engines = new Dictionary<string, GrantedEngine> { ["Engine"] = new("unix:///run/docker.sock", ["x"]) },
            Directories = new Dictionary<string, GrantedDirectory> { ["Directory"] = new("/srv/x", new Dictionary<string, string>()) },
            Kinds = ["Kind"],
            Owners = ["Owner"],
        };

        grants.Names(grant).ShouldBe([grant.ToString()]);
    }

    [Theory]
    [InlineData("production/rental-api", "kube-system/rental-api", "4:28: the namespace \"kube-system\" is not granted to the team \"rental\".")]
    [InlineData("#rental-ops", "#general", "6:12: the channel \"#general\" is not granted to the team \"rental\".")]
    [InlineData("https://api.example.com", "https://evil.example.com", "5:10: the host \"evil.example.com\" is not granted to the team \"rental\".")]
    [InlineData("https://api.example.com", "https://api.example.com:8443", "5:10: the host \"api.example.com:8443\" is not granted to the team \"rental\".")]
    [InlineData("http: /health", "http: 'http://169.254.169.254/latest'", "24:17: the host \"169.254.169.254\" is not granted to the team \"rental\".")]
    [InlineData("http: /health", "http: //evil.example.com/x", "24:17: the host \"evil.example.com\" is not granted to the team \"rental\".")]
    [InlineData("http: /health", "http: 'http:\\\\evil.example.com/x'", "24:17: the host \"evil.example.com\" is not granted to the team \"rental\".")]
    [InlineData("http: /health", "http: {get: /health, bearer: unknown}", "24:40: the secret \"unknown\" is not granted to the team \"rental\".")]
    [InlineData("http: /health", "http: {get: /health, bearer: foreign-key}", "24:40: the secret \"foreign-key\" must not be sent to \"api.example.com\". The operator allows other.example.com.")]
    [InlineData("    log: true", "    task: {role: nobody, text: Look}", "16:18: the role \"nobody\" is not granted to the team \"rental\".")]
    [InlineData("verify: [healthy]", "verify: [healthy]\n    on_failure: [page: nobody]", "22:24: the role \"nobody\" is not granted to the team \"rental\".")]
    [InlineData("    slack:", "    statuspage: {component: Other}\n    slack:", "6:29: the status-page component \"Other\" is not granted to the team \"rental\".")]
    [InlineData("    slack:", "    flag: {url: 'http://flags/${service}', bearer: key}\n    slack:", "6:17: the host \"flags\" is not granted to the team \"rental\".")]
    [InlineData("    slack:", "    flag: {url: 'http://flags/${service}', bearer: key}\n    slack:", "6:52: the secret \"key\" must not be sent to \"flags\". The operator allows api.example.com.")]
    [InlineData("    slack:", "    helm_release: staging/x\n    slack:", "6:19: the namespace \"staging\" is not granted to the team \"rental\".")]
    [InlineData("    slack:", "    checks: {own: [command: run]}\n    slack:", "6:29: the command \"run\" is not granted to the team \"rental\".")]
    [InlineData("production/rental-api}", "production/rental-api, cluster: west}", "4:28: the namespace \"west/production\" is not granted to the team \"rental\".")]
    [InlineData("low: {}", "low: {approval: {role: nobody}}", "9:26: the role \"nobody\" is not granted to the team \"rental\".")]
    [InlineData("verify: [healthy]", "verify: [healthy]\n    manual: {role: [devops, nobody]}", "22:29: the role \"nobody\" is not granted to the team \"rental\".")]
    [InlineData("verify: [healthy]", "verify: [healthy]\n    guards: {all_zero: {sql: {database: other}}}", "22:41: the database \"other\" is not granted to the team \"rental\".")]
    [InlineData("verify: [healthy]", "verify: [healthy]\n    on_failure: [check: {sql: {database: other}}]", "22:42: the database \"other\" is not granted to the team \"rental\".")]
    [InlineData("team: rental", "team: admission", "1:7: the operator grants nothing to the team \"admission\".")]
    public void What_is_not_granted_is_a_fault(string part, string by, string expected)
    {
        var faults = Matrices.Load(Matrices.Replaced(part, by), Configuration(Grants)).Faults.Select(f => f.ToString()).ToList();

        faults.ShouldContain(f => f.StartsWith($"matrix.yml:{expected}", StringComparison.Ordinal), string.Join('\n', faults));
    }

    // The names of secrets in headers, and the host behind "via", are found by what the real checks declare.
    [Theory]
    [InlineData("http: {get: /x, headers: {X-Api-Key: {secret: typo}, X-Plain: typo}}", "the secret \"typo\" is not granted to the team \"rental\"")]
    [InlineData("http: {get: /x, headers: {X-Api-Key: {secret: foreign-key}}}", "the secret \"foreign-key\" must not be sent to \"api.example.com\"")]
    [InlineData("http: {get: /x, headers: {X-Api-Key: {secret: key}}}", null)]
    [InlineData("http: {get: /admin, via: {port: 8080}, bearer: cluster-key}", null)]
    [InlineData("http: {get: /admin, via: {port: 8080}, bearer: key}", "the secret \"key\" must not be sent to \"rental-api.production.svc:8080\"")]
    [InlineData("http: {get: /admin, via: {port: 8080, service: other}}", "the host \"other.production.svc:8080\" is not granted to the team \"rental\"")]
    [InlineData("http: {get: /admin, via: service, bearer: cluster-key}", null)]
    [InlineData("http: {get: /admin, via: {port: http}, bearer: cluster-key}", null)]
    [InlineData("http: {get: 'https://api.example.com/admin', via: {port: 8080}, bearer: cluster-key}", "the secret \"cluster-key\" must not be sent to \"api.example.com\"")]
    public void S15_a_secret_is_judged_by_where_it_is_sent(string check, string? fault)
    {
        string[] asking =
        [
            Matrices.Replaced("[http: /health]", $"[{check}]"),
            Matrices.Replaced("rollout_undo: {to: last_known_good}", $"check: [{check}, http: {{get: 'http://other.example.com/x', bearer: foreign-key}}]"),
        ];

        foreach (var matrix in asking) Faults(matrix).ShouldBe(fault is null ? [] : [fault]);
    }

    // Which of the team's services the set is used for shows at run time, where a host that is not granted is refused.
    [Theory]
    [InlineData("8080", true)]
    [InlineData("8081", false)]
    public void S15_a_Service_object_behind_one_service_is_enough_for_a_check_of_the_team(string port, bool granted)
    {
        var matrix = Matrices.Replaced("[http: /health]", $"[http: {{get: /admin, via: {{port: {port}}}, bearer: cluster-key}}]")
            .Replace("severities:", "  billing-api: {workload: {deployment: production/billing-api}}\nseverities:", StringComparison.Ordinal);

        Faults(matrix).Any(f => f.StartsWith("the host", StringComparison.Ordinal)).ShouldBe(!granted);
        Faults(matrix).Any().ShouldBe(!granted);
    }

    [Fact]
    public void S15_a_secret_in_a_header_of_a_request_has_to_be_granted() =>
        Faults(Matrices.Replaced("rollout_undo: {to: last_known_good}", "http_request: {post: /x, headers: {X-Api-Key: {secret: typo}}}"))
            .ShouldBe(["the secret \"typo\" is not granted to the team \"rental\""]);

    [Theory]
    [InlineData("on-call", true, null)]
    [InlineData("devops", true, "nobody of the team \"rental\" has the role \"devops\"; ask the operator to name them under people: roles only says whom messages mention")]
    [InlineData("empty", true, "nobody of the team \"rental\" has the role \"empty\"; ask the operator to name them under people: roles only says whom messages mention")]
    [InlineData("nobody", true, "the role \"nobody\" is not granted to the team \"rental\"; ask the operator to grant it under teams, or use one of: on-call, empty, devops")]
    [InlineData("devops", false, null)]
    public void Somebody_can_answer_where_people_have_credentials(string role, bool named, string? fault)
    {
        var people = new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []), ["empty"] = new([], []) };
        var configuration = Configuration(Grants with { People = people }) with { Operators = named ? [new Credential("alice", null, "a")] : [] };
        (string Matrix, bool Passes)[] asking =
        [
            (Matrices.Replaced("low: {}", $"low: {{approval: {{role: {role}, otherwise: proceed}}}}"), true),
            (Matrices.Replaced("low: {}", $"low: {{approval: {{role: {role}}}}}"), false),
            (Matrices.Replaced("verify: [healthy]", $"verify: [healthy]\n    manual: {{role: {role}}}"), false),
        ];

        foreach (var (matrix, passes) in asking)
        {
            var outcome = Matrices.Load(matrix, configuration);
            var warns = !passes && fault?.StartsWith("nobody", StringComparison.Ordinal) == true;
            outcome.Faults.Select(f => $"{f.Message}; {f.Remedy}").ShouldBe(fault is null || warns ? [] : [fault]);
            outcome.Warnings.Any(w => $"{w.Message}; {w.Remedy}" == fault).ShouldBe(warns);
        }
    }

    [Fact]
    public void Without_the_operators_configuration_a_warning_says_what_was_not_checked() =>
        Matrices.Load(Matrices.Rental).Warnings.ShouldHaveSingleItem().Message.ShouldBe("what the operator grants was not checked");

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_operator_may_put_a_team_or_all_into_shadow(bool all, bool team)
    {
        var configuration = Configuration(Grants with { Shadow = team }) with { Shadow = all };

        Matrices.Load(Matrices.Rental, configuration).Matrix.ShouldNotBeNull().Teams[0].Rows.ShouldAllBe(r => r.Shadow);
    }

    internal static OperatorConfiguration Configuration(TeamGrants grants) => new()
    {
        Matrix = "unused",
        Journal = "unused",
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = grants },
    };

    /// <summary>As the real actions and checks are judged.</summary>
    private static IEnumerable<string> Faults(string matrix, TeamGrants? grants = null)
    {
        var files = new AlertRollback.Matrix.MatrixFiles([new("matrix.yml", "matrix.yml", matrix)]);
        return AlertRollback.Matrix.MatrixLoader.Load(files, AlertRollback.CommandLine.OfflineCatalog.Create(), Configuration(grants ?? Grants)).Faults.Select(f => f.Message);
    }
}
