using System.Net;
using AlertRollback.Kubernetes;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes;

public sealed class KubernetesApiTests
{
    private static readonly ObjectRef Shop = new(ResourceKind.Deployment, "shop", "web");
    private readonly FakeTimeProvider time = new();
    private readonly Script script = new();
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private KubernetesApi Api() => new(new ApiTransport(new HttpClient(script), new Uri("http://cluster/"), null, new KubernetesRetry(), time, () => 0));

    [Fact]
    public async Task A_read_waits_as_long_as_Retry_After_says()
    {
        script.Then(429, "{}", retryAfter: 7).Then(200, """{"metadata":{"uid":"u"}}""");
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
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(504)]
    public async Task A_write_without_a_clear_answer_is_sent_once_and_its_outcome_is_unknown(int status)
    {
        script.Then(status, "");
        var fault = await Should.ThrowAsync<KubernetesException>(() => Api().JsonPatchAsync(Shop, [], new WriteOptions(), Cancellation));
        fault.Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
        script.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_list_whose_continuation_expired_starts_over()
    {
        script.Then(200, """{"metadata":{"continue":"a&b"},"items":[{}]}""").Then(410, "{}").Then(200, """{"metadata":{},"items":[{},{}]}""");
        (await Api().ListAsync(ResourceKind.Pod, "shop", "app in (a,b)", Cancellation)).Count.ShouldBe(2);
        script.Requests[1].ShouldContain("continue=a%26b");
    }

    [Fact]
    public async Task An_expired_watch_lists_again_and_tells_what_vanished()
    {
        script.Then(200, """{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"uid":"a"}},{"metadata":{"uid":"b"}}]}""")
            .Then(200, """{"type":"ERROR","object":{"code":410}}""")
            .Then(200, """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"uid":"b"}}]}""");
        var seen = new List<string>();
        await using var watch = Api().WatchAsync(ResourceKind.Pod, "shop", null, null, Cancellation).GetAsyncEnumerator(Cancellation);
        for (var i = 0; i < 4; i++)
        {
            var next = watch.MoveNextAsync();
            time.Advance(TimeSpan.FromSeconds(10));
            (await next).ShouldBeTrue();
            seen.Add($"{watch.Current.Type} {watch.Current.Object.Uid}");
        }

        seen.ShouldBe(["Added a", "Added b", "Deleted a", "Modified b"]);
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

    private sealed class Script : HttpMessageHandler
    {
        private readonly Queue<(int Status, string Body, int? RetryAfter)> answers = new();
        public List<string> Requests { get; } = [];

        public Script Then(int status, string body, int? retryAfter = null)
        {
            answers.Enqueue((status, body, retryAfter));
            return this;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request.RequestUri!.PathAndQuery);
            var (status, body, retryAfter) = answers.Dequeue();
            if (status == 0)
                throw new HttpRequestException(HttpRequestError.ResponseEnded);
            var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
            if (retryAfter is { } seconds)
                response.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
            return Task.FromResult(response);
        }
    }
}
