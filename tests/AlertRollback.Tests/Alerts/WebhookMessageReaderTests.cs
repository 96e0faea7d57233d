using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AlertRollback.Alerts;

namespace AlertRollback.Tests.Alerts;

public sealed class WebhookMessageReaderTests
{
    private const string Alertmanager = """
        {
          "receiver": "team\\.a", "status": "firing", "notification_reason": "new", "routeLabels": {"x": ["y"]},
          "alerts": [
            {"status": "firing", "labels": {"service": "rental-api", "alertname": "HighErrorRate", "severity": "critical"},
             "annotations": {"summary": "5 % of requests fail"}, "startsAt": "2026-11-23T20:59:30.123456789+01:00",
             "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prometheus:9090/graph?g0.expr=up", "fingerprint": "5c5ef625d260da28"},
            {"status": "resolved", "labels": {"alertname": "Slow"}, "annotations": {},
             "startsAt": "2026-11-23T19:00:00Z", "endsAt": "2026-11-23T19:10:00Z", "generatorURL": "", "fingerprint": "b"}
          ],
          "groupLabels": {"alertname": "HighErrorRate"}, "commonLabels": {"a": "b"}, "commonAnnotations": {"c": "d"},
          "externalURL": "http://alertmanager:9093", "version": "4", "groupKey": "{}:{alertname=\"HighErrorRate\"}", "truncatedAlerts": 2
        }
        """;

    [Fact]
    public void Of_Alertmanagers_message_its_alerts_are_read_how_many_it_left_out_and_its_page()
    {
        var message = Read(Alertmanager).Message.ShouldNotBeNull();

        message.TruncatedAlerts.ShouldBe(2);
        message.ExternalUrl.ShouldBe("http://alertmanager:9093");
        message.Alerts.ShouldBe(
        [
            new Alert(
                AlertStatus.Firing,
                LabelSet.Of(("alertname", "HighErrorRate"), ("service", "rental-api"), ("severity", "critical")),
                LabelSet.Of(("summary", "5 % of requests fail")),
                new DateTimeOffset(2026, 11, 23, 20, 59, 30, TimeSpan.FromHours(1)).AddTicks(1234567),
                null,
                "http://prometheus:9090/graph?g0.expr=up",
                "5c5ef625d260da28"),
            new Alert(
                AlertStatus.Resolved, LabelSet.Of(("alertname", "Slow")), LabelSet.Empty,
                new DateTimeOffset(2026, 11, 23, 19, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 23, 19, 10, 0, TimeSpan.Zero), "", "b"),
        ]);
    }

    [Fact]
    public void Grafanas_variant_is_read()
    {
        var message = Read("""
            {"receiver":"hook","status":"firing","orgId":1,"title":"[FIRING:1]","state":"alerting","message":"m","version":"1",
             "groupKey":"{}","truncatedAlerts":0,"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://g",
             "alerts":[{"status":"firing","labels":{"alertname":"A","grafana_folder":"F"},"annotations":null,"startsAt":"2026-11-23T19:00:00Z",
               "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f","silenceURL":"http://s","dashboardURL":"","panelURL":"",
               "values":{"B":22,"C":1},"valueString":"[ var='B' ]"}]}
            """).Message.ShouldNotBeNull();

        message.Alerts.ShouldHaveSingleItem().Labels["grafana_folder"].ShouldBe("F");
    }

    [Fact]
    public void What_nobody_decides_by_may_be_missing_or_odd()
    {
        var message = Read("""
            {"version":4,"status":{"a":1},"groupKey":null,"receiver":{"a":[1]},"groupLabels":[],"commonLabels":{"a":5},"commonAnnotations":"x","truncatedAlerts":null,"externalURL":[],
             "alerts":[{"status":"resolved","labels":{"alertname":"HighErrorRate","service":"rental-api","severity":"critical","x":null},"endsAt":null,"generatorURL":7}]}
            """).Message.ShouldNotBeNull();

        (message.TruncatedAlerts, message.ExternalUrl).ShouldBe((0, ""));
        var alert = message.Alerts.ShouldHaveSingleItem();
        alert.Fingerprint.ShouldBe("5c5ef625d260da28");
        alert.StartsAt.ShouldBe(DateTimeOffset.MinValue);
        alert.EndsAt.ShouldBeNull();
    }

    [Fact]
    public void Of_duplicate_keys_the_last_wins()
    {
        var message = Read("""{"alerts":[{"status":"firing"}],"alerts":[{"status":"firing","status":"resolved","labels":{"a":"1","a":"2"}}]}""");

        var alert = message.Message.ShouldNotBeNull().Alerts.ShouldHaveSingleItem();
        alert.Status.ShouldBe(AlertStatus.Resolved);
        alert.Labels["a"].ShouldBe("2");
    }

    [Fact]
    public void An_overlong_fingerprint_is_replaced_by_the_computed_one() =>
        Read($$"""{"alerts":[{"status":"firing","fingerprint":"{{new string('f', 65)}}"}]}""")
            .Message.ShouldNotBeNull().Alerts[0].Fingerprint.ShouldBe(LabelSet.Empty.Fingerprint);

    [Fact]
    public void A_byte_order_mark_is_no_fault() => Read("\uFEFF{\"alerts\":[]}").IsMessage.ShouldBeTrue();

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData(" \r\n", "the body is empty")]
    [InlineData("null", "the body: expected an object")]
    [InlineData("5", "the body: expected an object")]
    [InlineData("[]", "the body: expected an object; this looks like Prometheus's alerts; let it post to Alertmanager, and Alertmanager here")]
    [InlineData("{}", "alerts: expected an array, and it is missing")]
    [InlineData("{\"alerts\":{}}", "alerts: expected an array; is the payload templated? Remove the custom payload")]
    [InlineData("{\"alerts\":\"x\"}", "alerts: expected an array; is the payload templated? Remove the custom payload")]
    [InlineData("{\"text\":\"x\",\"blocks\":[]}", "alerts: expected an array, and it is missing; this looks like a Slack payload; use webhook_configs, not slack_configs")]
    [InlineData("{\"ruleName\":\"x\",\"state\":\"alerting\"}", "alerts: expected an array, and it is missing; this looks like Grafana's legacy alerting; use unified alerting's webhook contact point")]
    [InlineData("{\"labels\":{},\"status\":\"firing\"}", "alerts: expected an array, and it is missing; this looks like a single alert; the message around it with \"alerts\": [...] is missing")]
    [InlineData("<html>", "the body is not JSON (line 1, byte 1); this looks like HTML or XML")]
    [InlineData("payload=%7B%7D", "the body is not JSON (line 1, byte 1); this looks like a form; send the JSON itself")]
    [InlineData("{\n\"alerts\": {{ .Alerts }} }", "alerts: expected an array; it has template braces: a custom payload was not rendered")]
    [InlineData("{\n\"status\": {{ .Status }} }", "the body is not JSON (line 2, byte 12); it has template braces: a custom payload was not rendered")]
    [InlineData("{{ toJson . }}", "the body is not JSON (line 1, byte 2); it has template braces: a custom payload was not rendered")]
    [InlineData("{\"alerts\":[],}", "the body is not JSON (line 1, byte 14); was it cut short, or does a custom payload leave a quote or comma wrong?")]
    [InlineData("{\"alerts\":[", "the body is not JSON (line 1, byte 12); was it cut short, or does a custom payload leave a quote or comma wrong?")]
    [InlineData("{\"alerts\":[]} {}", "the body is not JSON (line 1, byte 15); was it cut short, or does a custom payload leave a quote or comma wrong?")]
    public void A_body_that_is_no_message_is_refused_with_the_likely_cause(string body, string fault) =>
        Read(body).Fault.ShouldBe(fault);

    [Theory]
    [InlineData("{\"status\":\"firing\",\"labels\":{\"service\":5}}", "alerts[1].labels.service: expected a string")]
    [InlineData("{\"status\":\"firing\",\"labels\":{\"service\":true}}", "alerts[1].labels.service: expected a string")]
    [InlineData("{\"status\":\"firing\",\"labels\":{\"service\":{}}}", "alerts[1].labels.service: expected a string")]
    [InlineData("{\"status\":\"firing\",\"annotations\":{\"a\\n\\u0027\":[]}}", "alerts[1].annotations.a??: expected a string")]
    [InlineData("{\"status\":\"firing\",\"labels\":{\"a\":\"\\ud800\"}}", "alerts[1].labels.a: expected valid text")]
    [InlineData("{\"status\":\"firing\",\"labels\":{\"\\ud800\":\"a\"}}", "alerts[1].labels: expected names that are valid text")]
    [InlineData("{\"status\":\"firing\",\"labels\":[]}", "alerts[1].labels: expected an object")]
    [InlineData("{\"status\":\"Firing\"}", "alerts[1].status: expected firing or resolved")]
    [InlineData("{\"labels\":{}}", "alerts[1].status: expected firing or resolved, and it is missing")]
    [InlineData("{\"status\":\"firing\",\"startsAt\":\"yesterday\"}", "alerts[1].startsAt: expected an RFC 3339 time")]
    [InlineData("{\"status\":\"firing\",\"startsAt\":5}", "alerts[1].startsAt: expected an RFC 3339 time")]
    [InlineData("{\"status\":\"resolved\",\"endsAt\":{\"a\":1}}", "alerts[1].endsAt: expected an RFC 3339 time")]
    [InlineData("\"x\"", "alerts[1]: expected an object")]
    public void A_wrong_type_is_refused_with_its_place(string alert, string fault) =>
        Read($$"""{"alerts":[{"status":"firing"},{{alert}}]}""").Fault.ShouldNotBeNull().ShouldStartWith(fault);

    [Theory]
    [InlineData("3", 3)]
    [InlineData("-1", 0)]
    [InlineData("1.5", 0)]
    [InlineData("\"3\"", 0)]
    [InlineData("[{\"a\":[]}]", 0)]
    [InlineData("99999999999", int.MaxValue)]
    public void A_count_of_left_out_alerts_that_is_none_counts_as_none_and_the_alerts_are_taken(string count, int read)
    {
        var message = Read($$"""{"truncatedAlerts":{{count}},"alerts":[{"status":"firing"}]}""").Message.ShouldNotBeNull();

        (message.TruncatedAlerts, message.Alerts.Count).ShouldBe((read, 1));
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    public void Nesting_is_limited(int arrays, bool accepted)
    {
        var outcome = Read($$"""{"alerts":[],"deep":{{new string('[', arrays)}}{{new string(']', arrays)}}}""");

        outcome.IsMessage.ShouldBe(accepted);
        if (!accepted) outcome.Fault.ShouldBe("the body nests deeper than 32 levels");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        WebhookMessageReader.Read("{\"alerts\":[],\"x\":\"\xFF\"}".Select(c => (byte)c).ToArray()).Fault.ShouldBe("the body is not UTF-8 text");

    [Fact]
    public void A_fault_never_repeats_a_value_of_the_body() =>
        Read("""{"alerts":[{"status":"hunter2","labels":{"a":"hunter2"}}]}""").Fault.ShouldNotBeNull().ShouldNotContain("hunter2");

    [Fact]
    public void A_body_cut_anywhere_is_a_fault_and_never_an_exception()
    {
        var body = Encoding.UTF8.GetBytes(Alertmanager);
        for (var length = 0; length < body.Length; length++)
            WebhookMessageReader.Read(body.AsMemory(0, length)).Fault.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void A_body_in_segments_reads_like_a_whole_one()
    {
        var body = Encoding.UTF8.GetBytes(Alertmanager);
        var first = new Segment(body.AsMemory(0, 300), null);
        var last = new Segment(body.AsMemory(300), first);

        var message = WebhookMessageReader.Read(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length)).Message.ShouldNotBeNull();

        message.Alerts.ShouldBe(Read(Alertmanager).Message!.Alerts);
    }

    [Fact]
    public void A_message_written_as_json_reads_back()
    {
        var message = Read(Alertmanager).Message.ShouldNotBeNull();

        var again = JsonSerializer.Deserialize<WebhookMessage>(JsonSerializer.Serialize(message)).ShouldNotBeNull();

        again.Alerts.ShouldBe(message.Alerts);
        (again with { Alerts = message.Alerts }).ShouldBe(message);
    }

    [Fact]
    public void A_storm_shares_its_repeated_texts_and_is_read_quickly()
    {
        var body = Encoding.UTF8.GetBytes(Storm(10_000));
        WebhookMessageReader.Read(body).IsMessage.ShouldBeTrue();

        var watch = Stopwatch.StartNew();
        var alerts = WebhookMessageReader.Read(body).Message.ShouldNotBeNull().Alerts;
        watch.Stop();

        TestContext.Current.SendDiagnosticMessage($"{alerts.Count} alerts, {body.Length / 1024} KiB: {watch.Elapsed.TotalMilliseconds:F1} ms");
        alerts.Count.ShouldBe(10_000);
        ReferenceEquals(alerts[0].Labels["service"], alerts[9_999].Labels["service"]).ShouldBeTrue();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1)); // A loose bound for a shared machine; the benchmarks measure.
    }

    private static string Storm(int count) => $$"""{"version":"4","status":"firing","alerts":[{{string.Join(',', Enumerable.Range(0, count).Select(i =>
        $$"""{"status":"firing","labels":{"alertname":"HighErrorRate","cluster":"prod","container":"api","namespace":"production","pod":"rental-api-7d9f6c-{{i}}","service":"rental-api","severity":"critical","team":"rental"},"annotations":{"summary":"{{i}} of requests fail","runbook":"https://wiki/runbooks/high-error-rate"},"startsAt":"2026-11-23T20:59:30.123456789Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus:9090/graph?g0.expr=rate","fingerprint":"{{i:x16}}"}"""))}}]}""";

    private static ReadOutcome Read(string body) => WebhookMessageReader.Read(Encoding.UTF8.GetBytes(body));

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
