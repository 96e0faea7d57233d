using System.Net.Http.Headers;
using AlertRollback.Kubernetes;
using k8s.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes;

public sealed class KubernetesApiTests
{
    private static readonly ObjectRef Shop = new(ResourceKind.Deployment, "shop", "web");
    private readonly FakeTimeProvider time = new();
    private readonly Script script = new();
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private const string FirstPage = """{"metadata":{"continue":"a&b"},"items":[{}]}""";
    private int renewals;

    private KubernetesApi Api(Func<HttpRequestMessage, CancellationToken, Task>? authorize = null) =>
        new(new ApiTransport(new HttpClient(script), new Uri("http://cluster/"), authorize, new KubernetesRetry(), time, () => 0, () => renewals++));

    [Fact]
    public async Task A_read_waits_as_long_as_Retry_After_says()
    {
        script.Then(429, "{}", new(TimeSpan.FromSeconds(7))).Then(200, """{"metadata":{"uid":"u"}}""");
        var get = Api().GetAsync(Shop, Cancellation);
        time.Advance(TimeSpan.FromSeconds(6.9));
        script.Requests.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(0.2));
        (await get)!.Uid.ShouldBe("u");
    }

    [Fact]
    public async Task A_read_is_repeated_after_500()
    {
        script.Then(500, "").Then(404, "{}");
        var get = Api().GetAsync(Shop, Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        (await get).ShouldBeNull();
        script.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    [InlineData(504)]
    public async Task A_write_without_a_clear_answer_is_sent_once_and_its_outcome_is_unknown(int? status)
    {
        _ = status is { } known ? script.Then(known, "") : script.ThenLost(HttpRequestError.ResponseEnded);
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation));
        fault.Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
        script.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(null, KubernetesFault.OutcomeUnknown)]
    [InlineData(500, KubernetesFault.OutcomeUnknown)]
    [InlineData(403, KubernetesFault.Forbidden)]
    [InlineData(404, KubernetesFault.NotFound)]
    public async Task A_command_is_never_asked_for_twice_when_it_may_have_run(int? status, KubernetesFault expected)
    {
        _ = status is { } known ? script.Then(known, "") : script.ThenLost(HttpRequestError.ResponseEnded);
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().ExecAsync("shop", "web", "app", ["true"], new ExecOptions(TimeSpan.FromSeconds(5)), Cancellation));
        fault.Fault.ShouldBe(expected);
        script.Requests.ShouldBe(["/api/v1/namespaces/shop/pods/web/exec?stdout=true&stderr=true&container=app&command=true"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    public async Task A_deletion_without_a_clear_answer_is_sent_once_and_its_outcome_is_unknown(int? status)
    {
        _ = status is { } known ? script.Then(known, "") : script.ThenLost(HttpRequestError.ResponseEnded);
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().DeleteAsync(Shop, "u", new DeleteOptions(), Cancellation));
        fault.Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
        script.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_kind_is_looked_up_once_in_a_while_but_an_unknown_one_each_time()
    {
        const string kinds = """{"resources":[{"name":"rollouts/status","namespaced":true,"kind":"Rollout"},{"name":"rollouts","namespaced":true,"kind":"Rollout"}]}""";
        script.Then(200, kinds).Then(200, kinds).Then(200, kinds);
        var api = Api();
        (await api.FindKindAsync("argoproj.io/v1alpha1", "Rollout", Cancellation)).ShouldBe(ResourceKind.Rollout);
        time.Advance(TimeSpan.FromMinutes(4));
        (await api.FindKindAsync("argoproj.io/v1alpha1", "Rollout", Cancellation)).ShouldBe(ResourceKind.Rollout);
        script.Requests.ShouldBe(["/apis/argoproj.io/v1alpha1"]);

        (await api.FindKindAsync("argoproj.io/v1alpha1", "Experiment", Cancellation)).ShouldBeNull();
        script.Requests.Count.ShouldBe(2);
        time.Advance(TimeSpan.FromMinutes(6));
        await api.FindKindAsync("argoproj.io/v1alpha1", "Rollout", Cancellation);
        script.Requests.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("apps/v1/../../x")]
    [InlineData("")]
    public async Task A_version_cannot_leave_its_path(string apiVersion)
    {
        (await Should.ThrowAsync<KubernetesException>(() => Api().FindKindAsync(apiVersion, "Pod", Cancellation))).Fault.ShouldBe(KubernetesFault.Invalid);
        script.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"status":"Success"}""", 0, null)]
    [InlineData("""{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}""", 7, null)]
    [InlineData("""{"status":"Failure","message":"error executing [login --password hunter2]: \"login\": not found"}""", null, """error executing [login … …]: "login": not found""")]
    [InlineData("no json", null, "the server's last word is no status")]
    public void The_last_message_of_a_command_tells_its_end_and_no_arguments(string text, int? code, string? failure) =>
        ExecStatus.Parse(text, ["login", "--password", "hunter2"]).ShouldBe(new ExecStatus(code, failure));

    [Fact]
    public async Task A_write_that_never_got_through_is_sent_again()
    {
        script.ThenLost(HttpRequestError.ConnectionError).Then(200, """{"metadata":{"uid":"u"}}""");
        (await Pass(Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation))).Uid.ShouldBe("u");
    }

    [Fact]
    public async Task A_write_that_takes_too_long_is_not_repeated()
    {
        script.ThenSilence();
        var fault = await Should.ThrowAsync<KubernetesException>(() => Pass(Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
    }

    [Fact]
    public async Task A_read_that_takes_too_long_is_asked_again()
    {
        script.ThenSilence().Then(200, """{"metadata":{"uid":"u"}}""");
        (await Pass(Api().GetAsync(Shop, Cancellation)))!.Uid.ShouldBe("u");
    }

    [Fact]
    public async Task A_dry_run_is_repeated_like_a_read_and_stays_one()
    {
        script.Then(500, "").ThenLost(HttpRequestError.ResponseEnded).Then(200, """{"metadata":{"uid":"u"}}""");
        (await Pass(Api().JsonPatchAsync(Shop, [], new WriteOptions(DryRun: true), Cancellation))).Uid.ShouldBe("u");
        script.Requests.ShouldAllBe(request => request.Contains("dryRun=All"));
    }

    [Fact]
    public async Task Retry_After_may_be_a_date()
    {
        script.Then(429, "{}", new(time.GetUtcNow().AddSeconds(7))).Then(404, "{}");
        var get = Api().GetAsync(Shop, Cancellation);
        time.Advance(TimeSpan.FromSeconds(6.9));
        script.Requests.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(0.2));
        (await get).ShouldBeNull();
    }

    [Fact]
    public async Task A_refused_request_is_sent_once_more_with_renewed_credentials()
    {
        script.Then(401, "{}").Then(200, """{"metadata":{"uid":"u"}}""");
        (await Pass(Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation))).Uid.ShouldBe("u");
        renewals.ShouldBe(1);
    }

    [Fact]
    public async Task A_request_refused_twice_is_unauthorized()
    {
        script.Then(401, "{}").Then(401, """{"message":"Unauthorized"}""");
        var fault = await Should.ThrowAsync<KubernetesException>(() => Pass(Api().GetAsync(Shop, Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.Unauthorized);
    }

    [Fact]
    public async Task An_eviction_that_a_disruption_budget_refuses_for_now_is_asked_for_again()
    {
        script.Then(429, "{}").Then(429, "{}").Then(201, "{}");
        (await Pass(Api().EvictAsync("shop", "web-0", "u", Cancellation))).ShouldBeTrue();
    }

    [Fact]
    public async Task An_eviction_that_a_disruption_budget_keeps_refusing_says_so()
    {
        for (var i = 0; i < 5; i++)
            script.Then(429, """{"message":"Cannot evict pod as it would violate the pod's disruption budget."}""");
        var fault = await Should.ThrowAsync<KubernetesException>(() => Pass(Api().EvictAsync("shop", "web-0", "u", Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.TooManyRequests);
        fault.Message.ShouldContain("disruption budget");
        script.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_list_whose_continuation_expired_starts_over_several_times()
    {
        script.Then(200, FirstPage).Then(410, "{}").Then(200, FirstPage).Then(410, "{}")
            .Then(200, FirstPage).Then(200, """{"metadata":{},"items":[{}]}""");
        (await Pass(Api().ListAsync(ResourceKind.Pod, "shop", "app in (a,b)", Cancellation))).Count.ShouldBe(2);
        script.Requests[1].ShouldContain("continue=a%26b");
        script.Requests[4].ShouldNotContain("continue");
    }

    [Fact]
    public async Task A_list_that_expires_each_time_is_asked_for_in_one_piece()
    {
        for (var i = 0; i < 3; i++)
            script.Then(200, FirstPage).Then(410, "{}");
        script.Then(200, """{"metadata":{},"items":[{},{},{}]}""");
        (await Pass(Api().ListAsync(ResourceKind.Pod, "shop", null, Cancellation))).Count.ShouldBe(3);
        script.Requests[^1].ShouldNotContain("limit");
    }

    [Fact]
    public async Task A_write_whose_token_file_is_unreadable_was_not_sent()
    {
        var fault = await Should.ThrowAsync<KubernetesException>(() =>
            Pass(Api(TokenAt("/no/such/token")).JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.Unavailable);
        fault.Message.ShouldContain("credentials");
        script.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Credentials_that_fail_for_a_moment_are_asked_for_again()
    {
        script.Then(200, """{"metadata":{"uid":"u"}}""");
        var write = Api(new TokenCredentials(new LateToken()).ProcessHttpRequestAsync).JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation);
        (await Pass(write)).Uid.ShouldBe("u");
    }

    [Fact]
    public async Task An_empty_token_file_is_no_anonymous_request()
    {
        var fault = await Should.ThrowAsync<KubernetesException>(() => Pass(Api(TokenAt("/dev/null")).GetAsync(Shop, Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.Unavailable);
        script.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Credentials_that_never_come_do_not_hang_a_request()
    {
        var never = new TokenCredentials(new NoToken());
        var fault = await Should.ThrowAsync<KubernetesException>(() => Pass(Api(never.ProcessHttpRequestAsync).JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation)));
        fault.Fault.ShouldBe(KubernetesFault.Unavailable);
    }

    [Fact]
    public async Task What_an_invalid_object_holds_is_not_told()
    {
        script.Then(422, """
            {"message":"spec.env: Invalid value: \"hunter2\"","details":{"causes":[{"field":"spec.env","reason":"FieldValueInvalid","message":"hunter2"}]}}
            """);
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation));
        fault.Message.ShouldBe("invalid: spec.env (FieldValueInvalid)");
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("%2e")]
    public async Task A_name_that_could_leave_its_path_is_refused_unsent(string name)
    {
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().GetAsync(Shop with { Name = name }, Cancellation));
        fault.Fault.ShouldBe(KubernetesFault.Invalid);
        script.Requests.ShouldBeEmpty();
    }

    private static Func<HttpRequestMessage, CancellationToken, Task> TokenAt(string path) => new TokenFile(path).AuthorizeAsync;

    private Task<T> Pass<T>(Task<T> work) => work.PassingTimeAsync(time, Cancellation);

    private sealed class NoToken : ITokenProvider
    {
        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
            new TaskCompletionSource<AuthenticationHeaderValue>().Task;
    }

    private sealed class LateToken : ITokenProvider
    {
        private int calls;

        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
            calls++ == 0 ? throw new IOException("being rewritten") : Task.FromResult(new AuthenticationHeaderValue("Bearer", "fresh"));
    }
}
