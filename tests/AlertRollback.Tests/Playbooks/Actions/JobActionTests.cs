using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Jobs;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class JobActionTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    private ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null);

    private JobAction Action => new(new Clusters(_cluster.Api), TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "data-integrity-check", "check:v1");
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "failing", "check:v1-fail", "\"backoffLimit\": 1, \"activeDeadlineSeconds\": 30,");
        _cluster.Forget();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"cronjob": "a", "template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}""")]
    [InlineData("""{"image": "UPPER:1"}""")]
    [InlineData("""{"image": "a:1", "command": ["run it"]}""")]
    [InlineData("""{"image": "a:1", "command": ["sh", "-c", "echo ${service}"]}""")]
    [InlineData("""{"image": "a:1", "args": ["-c", "${service}"]}""")]
    [InlineData("""{"image": "a:1", "env": {"A B": "c"}}""")]
    [InlineData("""{"image": "a:1", "env": {"A": 1.50}}""")]
    [InlineData("""{"image": "a:1", "retries": 11}""")]
    [InlineData("""{"image": "a:1", "timeout": "0s"}""")]
    [InlineData("""{"image": "a:1", "keep": "10m"}""")]
    [InlineData("""{"template": "job.yml"}""")]
    [InlineData("""{"template": {"spec": {"containers": []}}}""")]
    [InlineData("""{"template": {"kind": "Deployment", "spec": {"containers": [{"name": "a", "image": "a:1"}]}}}""")]
    [InlineData("""{"template": {"spec": {"containers": [{"name": "a"}]}}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => Action.Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("spec: {containers: [{name: a, image: \"a:1\"}]", "integrity.yml:2:1: this is not YAML")]
    [InlineData("spec: {containers: [{name: a, image: \"a:1\", tty: yes}]}", "integrity.yml:1:50: yes is a text to some")]
    [InlineData("spec: {containers: []}", "integrity.yml has no containers")]
    [InlineData("kind: CronJob\nspec: {containers: [{name: a, image: \"a:1\"}]}", "integrity.yml is a Job or a Pod, not a CronJob")]
    [InlineData("spec: {hostPID: true, containers: [{name: a, image: \"a:1\"}]}", "cannot stand in integrity.yml")]
    [InlineData("spec: {containers: [{name: a, image: \"a:1\"}]}\n---\nspec: {containers: [{name: b, image: \"b:1\"}]}", "integrity.yml: it has 2 manifests, and one is meant")]
    [InlineData("", "integrity.yml: ")]
    public void Faults_in_a_template_s_file_are_found_when_the_matrix_is_loaded_with_their_place(string text, string fault) =>
        Action.Validate(FileOf(text)).ShouldHaveSingleItem().ShouldContain(fault);

    [Fact]
    public void S15_a_pod_that_has_less_of_the_node_than_others_may_be_written() =>
        Action.Validate(FileOf("spec: {hostUsers: false, containers: [{name: a, image: \"a:1\"}]}")).ShouldBeEmpty();

    [Fact]
    public async Task A_template_from_a_file_is_run_as_it_was_written_when_the_matrix_was_loaded()
    {
        const string text = """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: integrity, labels: {app: checks}}
            spec:
              template:
                spec:
                  containers: [{name: check, image: "check:v1", args: ["${service}"]}]
            """;
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, FileOf(text));

        (await Action.ApplyAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();

        var container = (await JobAsync())["spec"]!["template"]!["spec"]!["containers"]![0]!;
        (container["image"]!.ToString(), container["args"]!.ToJsonString()).ShouldBe(("check:v1", """["${service}"]"""));
        pin["recipe"]!["template"].ShouldNotBeNull("the approval is bound to what is run");
    }

    [Fact]
    public void Which_container_is_filled_in() =>
        JobRecipe.Of(Acting.Json("""{"cronjob": "integrity", "container": "${service}"}"""), text => Acting.Context(Service).Fill(text, Placeholders.AsIs)).Recipe!.Container.ShouldBe("rental-api");

    private static JsonObject FileOf(string text) => new() { ["file"] = new JsonArray(new JsonObject { ["file"] = "integrity.yml", ["text"] = text }) };

    [Theory]
    [InlineData(""" "hostNetwork": true """)]
    [InlineData(""" "hostPID": true """)]
    [InlineData(""" "serviceAccountName": "cluster-admin" """)]
    [InlineData(""" "nodeName": "master-1" """)]
    [InlineData(""" "volumes": [{"name": "h", "hostPath": {"path": "/"}}] """)]
    [InlineData(""" "initContainers": [{"name": "i", "image": "a:1", "securityContext": {"privileged": true}}] """)]
    public void S15_a_template_cannot_reach_beyond_the_namespace(string more)
    {
        var pod = $$"""{"containers": [{"name": "a", "image": "a:1"}], {{more}} }""";
        foreach (var template in new[] { $$"""{"spec": {{pod}} }""", $$"""{"kind": "Job", "spec": {"template": {"spec": {{pod}} } } }""", pod })
            Action.Validate(Acting.Json($$"""{"template": {{template}} }""")).ShouldHaveSingleItem(template);
    }

    [Fact]
    public async Task Only_what_is_said_differs_from_the_cronjob()
    {
        await DoneAsync("""{"cronjob": "data-integrity-check", "image": "check:${version}", "command": ["verify", "${service}"], "env": {"MODE": "restore"}, "retries": 2, "timeout": "90s", "keep": "2h"}""");

        var job = await JobAsync();
        var container = job["spec"]!["template"]!["spec"]!["containers"]![0]!;
        container["image"]!.ToString().ShouldBe("check:v1.4.2");
        container["command"]!.ToJsonString().ShouldBe("""["verify","rental-api"]""");
        container["args"].ShouldBeNull("they are another program's");
        container["env"]!.ToJsonString().ShouldBe("""[{"name":"DB_PASSWORD","value":"hunter2-of-node"},{"name":"MODE","value":"restore"}]""");
        job["spec"]!["backoffLimit"]!.GetValue<int>().ShouldBe(2);
        job["spec"]!["activeDeadlineSeconds"]!.GetValue<int>().ShouldBe(90);
        job["spec"]!["ttlSecondsAfterFinished"]!.GetValue<int>().ShouldBe(7200);
        job["metadata"]!["labels"]!.ToJsonString().ShouldBe("""{"app":"checks","alertrollback.io/rollback":"rental-api-1"}""");
        job["metadata"]!["ownerReferences"].ShouldBeNull("the CronJob's history would take it away");
    }

    [Fact]
    public async Task S17_a_pod_of_an_image_is_run_once_and_without_the_rights_of_the_namespace()
    {
        await FailedAsync("""{"image": "mongo:7-fail", "command": ["mongosh", "/count.js"]}""");

        var job = await JobAsync();
        job["spec"]!["backoffLimit"]!.GetValue<int>().ShouldBe(0);
        job["spec"]!["template"]!["spec"]!["automountServiceAccountToken"]!.GetValue<bool>().ShouldBeFalse();
        (await _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, null, Cancellation)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]} }""")]
    [InlineData("""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "fixed"}, "spec": {"restartPolicy": "Always", "containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]} }""")]
    [InlineData("""{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "fixed"}, "spec": {"suspend": true, "template": {"metadata": {"labels": {"job-name": "other"} }, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]} } } }""")]
    public async Task A_template_is_a_pod_or_a_job_whose_name_is_ours(string template)
    {
        (await RefusedAsync($$"""{"template": {{template}}, "image": "b:2"}""")).Reason.ShouldBe(Reason.Ambiguous);
        await DoneAsync($$"""{"template": {{template}}, "container": "b", "image": "b:2"}""");

        var job = await JobAsync();
        job["metadata"]!["name"]!.ToString().ShouldStartWith("job-");
        job["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(c => c!["image"]!.ToString()).ShouldBe(["a:1", "b:2"]);
        job["spec"]!["template"]!["metadata"]!["labels"]!["job-name"]!.ToString().ShouldBe(job["metadata"]!["name"]!.ToString());
    }

    [Fact]
    public async Task The_end_of_the_log_is_told_and_kept_without_secrets()
    {
        var (outcome, journal) = await ApplyAsync("""{"cronjob": "data-integrity-check", "image": "check:v1-hunter2-of-node"}""");

        outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("its log: INFO finished: exit code 0");
        journal.Marks["log"]["tail"]!.ToString().ShouldContain("INFO ready");
        journal.Marks["log"]["tail"]!.ToString().ShouldContain("image=check:v1-***", Case.Sensitive, "the value of DB_PASSWORD");
        journal.Marks.Values.Select(m => m.ToJsonString()).ShouldAllBe(m => !m.Contains("hunter2-of-node"));
    }

    [Fact]
    public async Task The_log_is_the_program_s_and_not_that_of_a_proxy_which_a_mesh_puts_before_it()
    {
        var (api, node) = JobNode.Over(_cluster.Api);
        node.HasProxy = true;
        var action = new JobAction(new Clusters(api), TimeProvider.System);
        var context = Acting.Context(Service);

        var pin = await action.PinAsync(context, Acting.Json("""{"image": "count:v1", "command": ["echo", "27 rows"]}"""));

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("its log: 27 rows");
    }

    [Fact]
    public async Task S19_a_secret_of_the_cronjob_is_not_in_the_plan()
    {
        var outcome = (PinOutcome.Pinned)await Action.PinAsync(Acting.Context(Service), Acting.Json("""{"cronjob": "data-integrity-check"}"""), Cancellation);

        outcome.Pin.ToJsonString().ShouldNotContain("hunter2");
        outcome.To.ShouldStartWith("a run of CronJob data-integrity-check, as Job data-integrity-check-");
    }

    [Fact]
    public async Task S16_a_failed_job_is_a_measured_failure_with_its_log()
    {
        var outcome = await FailedAsync("""{"cronjob": "failing"}""");

        outcome.Reason.ShouldBe(Reason.JobFailed);
        outcome.Text.ShouldContain("BackoffLimitExceeded");
        outcome.Text.ShouldEndWith("its log: ERROR failed: exit code 1");
        (await JobAsync())["spec"]!["activeDeadlineSeconds"]!.GetValue<int>().ShouldBe(30, "its own limit is the shorter one");
    }

    [Theory]
    [InlineData(60, "20s", "DeadlineExceeded")]
    [InlineData(6, "60s", "may still run")]
    public async Task S16_not_done_in_time_is_a_measured_failure_that_says_why(int secondsForTheStep, string timeout, string said)
    {
        var context = Acting.Context(Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(secondsForTheStep));
        var pin = await Action.PinAsync(context, Acting.Json($$"""{"image": "check:v1-bad", "timeout": "{{timeout}}"}"""));
        var outcome = (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>();

        outcome.Reason.ShouldBe(Reason.TimedOut);
        outcome.Text.ShouldContain(said);
        ((FakeStepJournal)context.Journal).Progress.Append(outcome.Text).ShouldContain(p => p.Contains("ImagePullBackOff"));
    }

    [Fact]
    public async Task What_refused_its_pods_is_said()
    {
        var api = new InMemoryKubernetes();
        var job = api.Put(ResourceKind.Job, """{"metadata": {"name": "check", "namespace": "shop", "uid": "j", "creationTimestamp": "2026-11-23T21:00:00Z"}, "status": {} }""");
        api.Put(ResourceKind.Event, """
            {"metadata": {"name": "e1", "namespace": "shop", "uid": "e1"}, "involvedObject": {"uid": "j"}, "reason": "FailedCreate", "message": "exceeded quota: compute", "lastTimestamp": "2026-11-23T21:00:01Z"}
            """);

        var log = await JobLog.ReadAsync(api, job, null, Cancellation);

        JobStep.Judge("job check", new JobEnd.StillRuns(job, JobState.Of(job)), log).Text
            .ShouldBe("job check was not done in time and may still run: no pod of it runs yet, pods cannot be created: FailedCreate: exceeded quota: compute");
    }

    [Fact]
    public async Task A_cronjob_that_was_changed_since_the_plan_is_not_run()
    {
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, Acting.Json("""{"cronjob": "data-integrity-check"}"""));
        await _cluster.Api.MergePatchAsync(
            new ObjectRef(ResourceKind.CronJob, _cluster.Namespace, "data-integrity-check"),
            (JsonObject)JsonNode.Parse("""{"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "check", "image": "other:v9"}]}}}}}}""")!, new WriteOptions(), Cancellation);
        _cluster.Forget();

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        _cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData("creating", -30, true)]
    [InlineData("creating", -60 * 25, false)]
    [InlineData("created", -30, false)]
    public async Task S17_a_job_that_may_have_run_and_is_gone_is_not_run_again(string mark, int minutes, bool runs)
    {
        var context = Acting.Context(Service, attempt: 2);
        var pin = await Action.PinAsync(context, Acting.Json("""{"cronjob": "data-integrity-check"}"""));
        await context.Journal.MarkAsync(mark, new JsonObject { ["at"] = (TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(minutes)).ToString("O") }, "", Cancellation);
        var outcome = await Action.ApplyAsync(context, pin);

        if (runs)
            outcome.ShouldBeOfType<StepOutcome.Done>();
        else
            outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        _cluster.Writes.ShouldBe(runs ? 1 : 0);
    }

    [Fact]
    public async Task A_job_that_was_only_about_to_be_made_is_not_made_when_it_is_too_late()
    {
        var journal = new FakeStepJournal { Stop = new StepOutcome.CannotTell(Reason.OutcomeUnknown, "nothing more is written") };
        var context = Acting.Context(Service, attempt: 2, journal: journal);
        var pin = await Action.PinAsync(context, Acting.Json("""{"cronjob": "data-integrity-check"}"""));
        await journal.PrepareAsync("creating", new JsonObject { ["at"] = $"{TimeProvider.System.GetUtcNow():O}" }, "", Cancellation);

        (await Action.ApplyAsync(context, pin)).Text.ShouldBe($"nothing more is written; job/{_cluster.Namespace}/{pin["job"]} is not there");
        _cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task Every_step_has_a_job_of_its_own()
    {
        foreach (var step in new[] { "steps/0", "steps/1" })
        {
            var context = Acting.Context(Service, stepKey: step);
            (await Action.ApplyAsync(context, await Action.PinAsync(context, Acting.Json("""{"cronjob": "data-integrity-check"}""")))).ShouldBeOfType<StepOutcome.Done>();
        }

        _cluster.Writes.ShouldBe(2);
    }

    private async Task<PinOutcome.Refused> RefusedAsync(string parameters) => await Action.RefusedAsync(Acting.Context(Service), Acting.Json(parameters));

    private async Task DoneAsync(string parameters) => (await ApplyAsync(parameters)).Outcome.ShouldBeOfType<StepOutcome.Done>();

    private async Task<StepOutcome.Failed> FailedAsync(string parameters) => (await ApplyAsync(parameters)).Outcome.ShouldBeOfType<StepOutcome.Failed>();

    private async Task<(StepOutcome Outcome, FakeStepJournal Journal)> ApplyAsync(string parameters)
    {
        Action.Validate(Acting.Json(parameters)).ShouldBeEmpty();
        var context = Acting.Context(Service);
        return (await Action.ApplyAsync(context, await Action.PinAsync(context, Acting.Json(parameters))), (FakeStepJournal)context.Journal);
    }

    private async Task<JsonObject> JobAsync() => (await _cluster.Api.ListAsync(ResourceKind.Job, _cluster.Namespace, null, Cancellation)).ShouldHaveSingleItem().Json;
}
