using System.IO.Pipelines;
using System.Text;
using AlertRollback.Kubernetes;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes;

public sealed class KubernetesWatchTests
{
    private const string EmptyList = """{"metadata":{"resourceVersion":"1"},"items":[]}""";
    private readonly FakeTimeProvider time = new();
    private readonly Script script = new();
    private int renewals;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_expired_watch_lists_again_and_tells_what_vanished()
    {
        script.Then(200, """{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"uid":"a"}},{"metadata":{"uid":"b"}}]}""")
            .Then(200, """{"type":"ERROR","object":{"code":410}}""")
            .Then(200, """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"uid":"b"}},{"metadata":{"uid":"c"}}]}""");
        (await SeeAsync(5)).ShouldBe(["Added a", "Added b", "Deleted a", "Modified b", "Added c"]);
    }

    [Fact]
    public async Task A_version_that_is_too_old_to_open_a_watch_is_listed_anew()
    {
        script.Then(200, EmptyList).Then(410, "{}").Then(200, """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"uid":"a"}}]}""");
        (await SeeAsync(1)).ShouldBe(["Added a"]);
    }

    [Fact]
    public async Task A_dropped_watch_goes_on_where_it_was()
    {
        script.Then(200, EmptyList)
            .ThenStream(Broken(Line("ADDED", "a", 5) + Line("MODIFIED", "a", 6)))
            .ThenStream(Lines(Line("DELETED", "a", 7)));
        (await SeeAsync(3)).ShouldBe(["Added a", "Modified a", "Deleted a"]);
        script.Requests[1].ShouldContain("resourceVersion=1&");
        script.Requests[2].ShouldContain("resourceVersion=6&");
    }

    [Fact]
    public async Task A_watch_cut_in_the_middle_of_a_line_goes_on_before_it()
    {
        var whole = Line("MODIFIED", "a", 6);
        script.Then(200, EmptyList)
            .ThenStream(Lines(Line("ADDED", "a", 5) + whole[..^20]))
            .ThenStream(Lines(whole));
        (await SeeAsync(2)).ShouldBe(["Added a", "Modified a"]);
        script.Requests[2].ShouldContain("resourceVersion=5&");
    }

    [Fact]
    public async Task A_bookmark_is_not_told_but_moves_the_watch_on()
    {
        script.Then(200, EmptyList).ThenStream(Lines(Line("BOOKMARK", "", 40))).ThenStream(Lines(Line("ADDED", "a", 41)));
        (await SeeAsync(1)).ShouldBe(["Added a"]);
        script.Requests[1].ShouldContain("allowWatchBookmarks=true");
        script.Requests[2].ShouldContain("resourceVersion=40&");
    }

    [Fact]
    public async Task A_watch_that_goes_silent_is_opened_again()
    {
        var silent = new Pipe();
        await silent.Writer.WriteAsync(Encoding.UTF8.GetBytes(Line("ADDED", "a", 5)), Cancellation);
        script.Then(200, EmptyList).ThenStream(silent.Reader.AsStream()).ThenStream(Lines(Line("MODIFIED", "a", 6)));
        var start = time.GetUtcNow();
        (await SeeAsync(2)).ShouldBe(["Added a", "Modified a"]);
        (time.GetUtcNow() - start).ShouldBeGreaterThanOrEqualTo(new KubernetesRetry().WatchIdle);
    }

    [Fact]
    public async Task A_line_now_and_then_keeps_a_watch_alive()
    {
        var slow = new Pipe();
        script.Then(200, EmptyList).ThenStream(slow.Reader.AsStream());
        await using var watch = Watch();
        for (var version = 2; version < 5; version++)
        {
            var next = watch.MoveNextAsync().AsTask();
            time.Advance(new KubernetesRetry().WatchIdle - TimeSpan.FromSeconds(10));
            next.IsCompleted.ShouldBeFalse();
            await slow.Writer.WriteAsync(Encoding.UTF8.GetBytes(Line("MODIFIED", "a", version)), Cancellation);
            (await next).ShouldBeTrue();
        }

        script.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_watch_whose_server_does_not_even_answer_is_tried_again()
    {
        script.Then(200, EmptyList).ThenSilence().ThenStream(Lines(Line("ADDED", "a", 5)));
        var start = time.GetUtcNow();
        (await SeeAsync(1)).ShouldBe(["Added a"]);
        var passed = time.GetUtcNow() - start;
        passed.ShouldBeGreaterThanOrEqualTo(new KubernetesRetry().AttemptTimeout);
        passed.ShouldBeLessThan(new KubernetesRetry().WatchIdle);
    }

    [Theory]
    [InlineData(401, KubernetesFault.Unauthorized)]
    [InlineData(403, KubernetesFault.Forbidden)]
    public async Task A_watch_refused_again_and_again_says_so_after_a_while(int status, KubernetesFault expected)
    {
        script.Then(200, EmptyList);
        for (var i = 0; i < 8; i++)
            script.Then(status, """{"message":"pods is forbidden"}""");
        var start = time.GetUtcNow();
        var fault = await Should.ThrowAsync<KubernetesException>(() => SeeAsync(1));
        fault.Fault.ShouldBe(expected);
        fault.Message.ShouldBe("pods is forbidden");
        (time.GetUtcNow() - start).ShouldBeGreaterThan(TimeSpan.FromSeconds(20));
        renewals.ShouldBe(status == 401 ? 8 : 0);
    }

    [Fact]
    public async Task A_watch_refused_for_a_moment_goes_on_and_counts_anew()
    {
        script.Then(200, EmptyList);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 7; i++)
                script.Then(401, "{}");
            script.ThenStream(Lines(Line("MODIFIED", "a", round + 2)));
        }

        (await SeeAsync(2)).ShouldBe(["Modified a", "Modified a"]);
    }

    [Fact]
    public async Task Faults_of_the_server_are_waited_out_for_ever()
    {
        script.Then(200, EmptyList);
        for (var i = 0; i < 50; i++)
            _ = i % 2 == 0 ? script.Then(503, "") : script.ThenLost(HttpRequestError.ConnectionError);
        script.ThenStream(Lines(Line("ADDED", "a", 2)));
        (await SeeAsync(1)).ShouldBe(["Added a"]);
    }

    [Fact]
    public async Task A_first_list_that_is_refused_is_a_mistake_and_told_at_once()
    {
        script.Then(403, "{}");
        (await Should.ThrowAsync<KubernetesException>(() => SeeAsync(1))).Fault.ShouldBe(KubernetesFault.Forbidden);
    }

    [Fact]
    public async Task Cancelling_ends_a_watch_as_cancelled()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        script.Then(200, EmptyList).ThenStream(new Pipe().Reader.AsStream());
        await using var watch = Watch(end.Token);
        var next = watch.MoveNextAsync().AsTask();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    private IAsyncEnumerator<WatchEvent> Watch(CancellationToken? cancellation = null)
    {
        var transport = new ApiTransport(new HttpClient(script), new Uri("http://cluster/"), null, new KubernetesRetry(), time, () => 0, () => renewals++);
        return new KubernetesApi(transport).WatchAsync(ResourceKind.Pod, "shop", null, null, cancellation ?? Cancellation).GetAsyncEnumerator(Cancellation);
    }

    private async Task<List<string>> SeeAsync(int events)
    {
        var seen = new List<string>();
        await using var watch = Watch();
        for (var i = 0; i < events; i++)
        {
            (await watch.MoveNextAsync().AsTask().PassingTimeAsync(time, Cancellation)).ShouldBeTrue();
            seen.Add($"{watch.Current.Type} {watch.Current.Object.Uid}");
        }

        return seen;
    }

    private static string Line(string type, string uid, int version) =>
        $"{{\"type\":\"{type}\",\"object\":{{\"metadata\":{{\"uid\":\"{uid}\",\"resourceVersion\":\"{version}\"}}}}}}\n";

    private static MemoryStream Lines(string text) => new(Encoding.UTF8.GetBytes(text));

    private static BreakingStream Broken(string text) => new(Lines(text));

    /// <summary>A body that breaks once its data is read.</summary>
    private sealed class BreakingStream(MemoryStream data) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) =>
            data.Read(buffer, offset, count) is > 0 and var read ? read : throw new IOException("connection reset");

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
