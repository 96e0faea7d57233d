using System.IO.Compression;
using System.Net;
using System.Text;
using AlertRollback.Alerts.Intake;
using AlertRollback.Storage;
using AlertRollback.Tests.Support.Web;
using static AlertRollback.Tests.Support.Web.WebUnderTest;

namespace AlertRollback.Tests.Alerts.Intake;

public sealed class AlertIntakeTests
{
    [Fact]
    public async Task A_message_is_kept_byte_for_byte_and_answered_with_200()
    {
        await using var web = await StartAsync();
        var body = Messages.Of(Messages.Alert());

        (await ReadAsync(web.PostAsync(body))).ShouldBe((HttpStatusCode.OK, "accepted\n"));

        Encoding.UTF8.GetString(web.Journal.Bodies.ShouldHaveSingleItem()).ShouldBe(body);
    }

    [Fact]
    public async Task The_answer_waits_for_the_commit()
    {
        await using var web = await StartAsync();
        var commit = new TaskCompletionSource();
        web.Journal.Commit = commit.Task;

        var answer = web.PostAsync(Messages.Of(Messages.Alert()));
        (await ReadAsync(web.SendAsync(HttpMethod.Get, "/healthz", null))).Status.ShouldBe(HttpStatusCode.OK);
        answer.IsCompleted.ShouldBeFalse();

        commit.SetResult();
        (await ReadAsync(answer)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_second_delivery_is_answered_with_200_and_kept_once()
    {
        await using var web = await StartAsync();
        await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert("a"), Messages.Alert("b"))));

        (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert("b"), Messages.Alert("a"))))).ShouldBe((HttpStatusCode.OK, "known already\n"));

        web.Journal.Bodies.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Only_firing_alerts_count_as_heard_of()
    {
        await using var web = await StartAsync();
        await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert("a"), Messages.Alert("b", "resolved"))));
        web.Journal.Heard.ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Alerts_that_the_sender_left_out_are_told_in_the_log()
    {
        await using var web = await StartAsync();

        await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert("a"))));
        web.Log.ShouldNotContain(l => l.Contains("left out", StringComparison.Ordinal));

        await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert("b")).Replace("\"truncatedAlerts\":0", "\"truncatedAlerts\":7", StringComparison.Ordinal)));
        web.Log.ShouldContain(l => l.StartsWith("Warning: webhook message with 1 alerts: its sender left out 7 more", StringComparison.Ordinal));
    }

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "empty" },
        { "   \n", "empty" },
        { "nonsense", "not JSON" },
        { "{\"alerts\":[", "cut short" },
        { "[]", "expected an object" },
        { "null", "expected an object" },
        { "42", "expected an object" },
        { "{}", "missing" },
        { "{\"alerts\":{}}", "expected an array" },
        { "{\"alerts\":\"{{ .Alerts }}\"}", "templated" },
        { "{\"alerts\":[1]}", "alerts[0]: expected an object" },
        { "{\"alerts\":[{\"labels\":{}}]}", "status" },
        { "{\"alerts\":[{\"status\":\"burning\",\"labels\":{}}]}", "expected firing or resolved" },
        { "{\"alerts\":[{\"status\":\"firing\",\"labels\":[]}]}", "alerts[0].labels: expected an object" },
        { "{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"service\":7}}]}", "alerts[0].labels.service: expected a string" },
        { "{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":{\"b\":1}}}]}", "expected a string" },
        { "{\"alerts\":[{\"status\":\"firing\",\"startsAt\":\"yesterday\"}]}", "RFC 3339" },
        { "{\"blocks\":[]}", "Slack payload" },
        { "{\"alerts\":[]} {}", "not JSON" },
        { "{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":\"\\ud800\"}}]}", "valid text" },
        { "{\"x\":" + new string('[', 200) + new string(']', 200) + "}", "nests deeper" },
        { new string('[', 100_000), "expected an object" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task What_cannot_be_parsed_is_answered_with_400_and_the_likely_cause(string body, string cause)
    {
        await using var web = await StartAsync();

        var (status, text) = await ReadAsync(web.PostAsync(body));

        status.ShouldBe(HttpStatusCode.BadRequest, text);
        text.ShouldStartWith("not accepted: ");
        text.ShouldContain(cause);
        text.Length.ShouldBeLessThan(300);
        text.ShouldEndWith("\n");
        text.TrimEnd('\n').ShouldNotContain('\n');
        web.Journal.Bodies.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("\"; rm -rf / #")]
    [InlineData("line\nbreak\r\nX-Injected: 1")]
    [InlineData("{{ .Values.secret }} ${HOME} $(id) `id`")]
    [InlineData("../../etc/passwd\0")]
    [InlineData("<script>alert(1)</script>\u202e")]
    public async Task Hostile_label_values_are_only_values(string value)
    {
        await using var web = await StartAsync();
        (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert(value))))).ShouldBe((HttpStatusCode.OK, "accepted\n"));
        web.Log.ShouldAllBe(line => !line.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Invalid_utf8_is_answered_with_400()
    {
        await using var web = await StartAsync();
        var (status, text) = await ReadAsync(web.PostAsync(new ByteArrayContent([(byte)'{', 0xff, 0xfe, (byte)'}'])));
        (status, text).ShouldBe((HttpStatusCode.BadRequest, "not accepted: the body is not UTF-8 text\n"));
    }

    [Fact]
    public async Task A_compressed_body_is_named_as_such()
    {
        await using var web = await StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Messages.Of(Messages.Alert())));
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");

        var (status, text) = await ReadAsync(web.PostAsync(content));

        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain("gzip");
    }

    [Fact]
    public async Task A_body_that_says_that_it_is_not_compressed_is_taken()
    {
        await using var web = await StartAsync();
        var content = new StringContent(Messages.Of(Messages.Alert()));
        content.Headers.ContentEncoding.Add("Identity");
        (await ReadAsync(web.PostAsync(content))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Any_content_type_will_do(string? contentType)
    {
        await using var web = await StartAsync();
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Messages.Of(Messages.Alert())));
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        (await ReadAsync(web.PostAsync(content))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_the_limit_is_answered_with_413(bool announced)
    {
        await using var web = await StartAsync(limits: new IntakeLimits { Body = 50_000 });
        var body = Messages.Of(Enumerable.Range(0, 500).Select(i => Messages.Alert($"s{i}")));
        body.Length.ShouldBeGreaterThan(50_000);

        var (status, text) = await ReadAsync(web.PostAsync(Content(body, announced)));

        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        text.ShouldContain("50000 bytes");
        web.Journal.Bodies.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_exactly_the_limit_is_taken(bool announced)
    {
        var body = Messages.Of(Enumerable.Range(0, 300).Select(i => Messages.Alert($"s{i}")));
        await using var web = await StartAsync(limits: new IntakeLimits { Body = body.Length });
        (await ReadAsync(web.PostAsync(Content(body, announced)))).Status.ShouldBe(HttpStatusCode.OK);
        web.Journal.Bodies.ShouldHaveSingleItem().Length.ShouldBe(body.Length);
    }

    [Fact]
    public async Task A_storm_of_ten_thousand_alerts_in_one_message_is_taken()
    {
        await using var web = await StartAsync();
        var body = Messages.Of(Enumerable.Range(0, 10_000).Select(i => Messages.Alert($"s{i}")));
        (await ReadAsync(web.PostAsync(body))).Status.ShouldBe(HttpStatusCode.OK);
        web.Journal.Heard.ShouldHaveSingleItem().Count.ShouldBe(10_000);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_means_503_and_the_message_is_taken_later()
    {
        await using var web = await StartAsync();
        var body = Messages.Of(Messages.Alert());
        web.Journal.Fault = new JournalUnavailableException("disk full at /secret/path");

        (await ReadAsync(web.PostAsync(body))).ShouldBe((HttpStatusCode.ServiceUnavailable, "not accepted, try again: the journal cannot be written\n"));

        web.Journal.Fault = null;
        (await ReadAsync(web.PostAsync(body))).ShouldBe((HttpStatusCode.OK, "accepted\n"));
    }

    [Fact]
    public async Task A_bug_means_503_without_its_text()
    {
        await using var web = await StartAsync();
        web.Journal.Fault = new InvalidOperationException("internals");

        (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert())))).ShouldBe((HttpStatusCode.ServiceUnavailable, "not accepted, try again: internal fault\n"));

        web.Log.ShouldContain(line => line.Contains("internals", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_means_503()
    {
        await using var web = await StartAsync();
        var commit = new TaskCompletionSource();
        web.Journal.Commit = commit.Task;
        var answer = ReadAsync(web.PostAsync(Messages.Of(Messages.Alert())));
        while (!answer.IsCompleted)
        {
            web.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await answer).ShouldBe((HttpStatusCode.ServiceUnavailable, "not accepted, try again: the journal is slow\n"));
        commit.SetResult();
    }

    [Fact]
    public async Task Draining_means_503()
    {
        await using var web = await StartAsync();
        web.Readiness.Drain();
        (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert())))).ShouldBe((HttpStatusCode.ServiceUnavailable, "not accepted, try again: the service is stopping\n"));
        web.Journal.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task More_bodies_at_once_than_the_memory_allows_means_503()
    {
        var body = Messages.Of(Messages.Alert());
        await using var web = await StartAsync(limits: new IntakeLimits { Body = body.Length });
        var commit = new TaskCompletionSource();
        web.Journal.Commit = commit.Task;

        var answers = Enumerable.Range(0, 40).Select(_ => ReadAsync(web.PostAsync(body))).ToList();
        (await await Task.WhenAny(answers)).ShouldBe((HttpStatusCode.ServiceUnavailable, "not accepted, try again: too many messages at once\n"));

        commit.SetResult();
        (await Task.WhenAll(answers)).ShouldContain((HttpStatusCode.OK, "accepted\n"));
        (await ReadAsync(web.PostAsync(body))).ShouldBe((HttpStatusCode.OK, "known already\n"));
    }

    [Fact]
    public async Task Large_messages_are_taken_one_at_a_time_while_small_ones_go_by()
    {
        static string Large(string service) => Messages.Of(Messages.Alert(service)).PadRight(1024 * 1024);
        await using var web = await StartAsync();
        var commit = new TaskCompletionSource();
        web.Journal.Commit = commit.Task;
        var first = ReadAsync(web.PostAsync(Large("a")));
        while (web.Journal.Asked == 0)
            await Task.Yield();
        web.Journal.Commit = Task.CompletedTask;
        var second = ReadAsync(web.PostAsync(Large("b")));
        // As many as it takes for the second to be read, and to be kept if it had not to wait.
        for (var i = 0; i < 300; i++)
            (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert($"small-{i}"))))).ShouldBe((HttpStatusCode.OK, "accepted\n"));
        (web.Journal.Asked, second.IsCompleted).ShouldBe((301, false));

        commit.SetResult();
        (await first, await second).ShouldBe(((HttpStatusCode.OK, "accepted\n"), (HttpStatusCode.OK, "accepted\n")));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task Other_methods_are_answered_with_405(string method)
    {
        await using var web = await StartAsync();
        (await ReadAsync(web.SendAsync(new HttpMethod(method), "/api/v1/alerts", "Bearer hook-token"))).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    private static HttpContent Content(string body, bool announced)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return announced ? new ByteArrayContent(bytes) : new StreamContent(new Unseekable(bytes));
    }

    // No length: the client sends it in chunks.
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
