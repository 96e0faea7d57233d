using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Storage;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks;

public sealed class EventJsonTests
{
    private static readonly Type[] Families = [typeof(RollbackEvent), typeof(WorkloadEvent), typeof(GlobalEvent), typeof(AlertEvent), typeof(TaskEvent)];

    public static TheoryData<Type> Types =>
        [.. Families.SelectMany(f => f.GetNestedTypes().Where(f.IsAssignableFrom))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_event_comes_back_from_the_journal_as_it_was(Type type)
    {
        var e = Sample(type);
        var stored = Stored(e);
        var back = FromStore(type.DeclaringType!, stored).ShouldNotBeNull();
        back.ShouldBeOfType(type);
        EventJson.ToStore("s", Runs.Noon, back).Data.ShouldBe(stored.Data);
        foreach (var property in type.GetProperties().Where(p => p.PropertyType.IsValueType || p.PropertyType == typeof(string)))
            property.GetValue(back).ShouldBe(property.GetValue(e), property.Name);
    }

    [Fact]
    public void A_word_of_a_newer_version_is_skipped_and_stops_nothing()
    {
        var known = Stored(new GlobalEvent.KillSwitchSet(true, false, "anna", "drill"));
        EventJson.FromStore<GlobalEvent>(known with { Type = "moon_phase_changed" }).ShouldBeNull();
        EventJson.FromStore<TaskEvent>(known).ShouldBeNull("a word belongs to its family");

        var book = Book.Empty
            .Apply(known with { Stream = Book.GlobalStream, Type = "moon_phase_changed", Sequence = 1 })
            .Apply(known with { Stream = "rollback/unheard-of", Type = "cause_resolved", Data = """{"fingerprint": "f"}""", Sequence = 2 })
            .Apply(known with { Stream = "planets/mars", Sequence = 3 })
            .Apply(known with { Stream = Book.GlobalStream, Sequence = 4 });
        (book.Sequence, book.Global.KillSwitchIsOn, book.Rollbacks.Count).ShouldBe((4L, true, 0));
    }

    [Fact]
    public void A_member_of_a_newer_version_is_skipped_too()
    {
        var known = Stored(new GlobalEvent.BreakerTripped("too much"));
        EventJson.FromStore<GlobalEvent>(known with { Data = known.Data.Replace("{", "{\"moon\": 1, ", StringComparison.Ordinal) })
            .ShouldBe(new GlobalEvent.BreakerTripped("too much"));
    }

    [Fact]
    public void A_reason_of_a_newer_version_is_shown_as_unknown()
    {
        var known = Stored(new RollbackEvent.StepEnded("k/0", "scale", StepResult.Done, Reason.Applied, "done"));
        EventJson.FromStore<RollbackEvent>(known with { Data = known.Data.Replace("applied", "moonlit", StringComparison.Ordinal) })
            .ShouldBe(new RollbackEvent.StepEnded("k/0", "scale", StepResult.Done, Reason.Unknown, "done"));
    }

    [Fact]
    public void A_result_of_a_newer_version_ends_the_start_with_the_event_that_cannot_be_read()
    {
        var known = Stored(new RollbackEvent.StepEnded("k/0", "scale", StepResult.Skipped, Reason.Applied, "done")) with { Stream = "rollback/r", Sequence = 12 };
        var newer = known with { Data = known.Data.Replace("skipped", "eclipsed", StringComparison.Ordinal) };
        Should.Throw<JournalUnavailableException>(() => Book.Empty.Apply(newer)).Message
            .ShouldBe("event 12 (step_ended) of the journal cannot be read by this version; most likely a newer one wrote it: $.result is unknown");
    }

    private static StoredEvent Stored(object e)
    {
        var n = EventJson.ToStore("s", Runs.Noon, e);
        return new StoredEvent(1, n.Stream, n.At, n.Type, n.Data);
    }

    private static object? FromStore(Type family, StoredEvent stored) =>
        typeof(EventJson).GetMethod(nameof(EventJson.FromStore))!.MakeGenericMethod(family).Invoke(null, [stored]);

    // Every constructor argument is something other than its default.
    private static object Sample(Type type) =>
        type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First() is var made
            ? made.Invoke([.. made.GetParameters().Select(p => Value(p.ParameterType, p.Name!))])
            : throw new InvalidOperationException();

    private static object Value(Type type, string name) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(string) => $"{name} \"with\" <quotes> and ü",
        var t when t == typeof(int) => 7,
        var t when t == typeof(long) => 7_000_000_000,
        var t when t == typeof(bool) => true,
        var t when t == typeof(TimeSpan) => TimeSpan.FromSeconds(90.5),
        var t when t == typeof(DateTimeOffset) => Runs.Noon.AddTicks(1),
        var t when t.IsEnum => Enum.GetValues(t).GetValue(1)!,
        var t when t == typeof(JsonObject) => new JsonObject { ["to"] = "v1" },
        var t when t == typeof(Plan) => Runs.PlanOf(Runs.Noon),
        var t when t == typeof(Cause) => Runs.Proposed("r").Causes[0],
        var t when t == typeof(IReadOnlyList<string>) => new[] { "one", "two" },
        var t when t == typeof(IReadOnlyList<GuardResult>) => new[] { GuardResult.Park("hold", Reason.Hold, "held", Runs.Noon), GuardResult.Pass("freeze", "none") },
        var t when t == typeof(ConfigurationSnapshot) => new ConfigurationSnapshot(
            [new ConfigMapRecord("settings", "sha256:1", new Dictionary<string, string> { ["MODE"] = "on" }, new Dictionary<string, string> { ["logo"] = "sha256:2" }, null)],
            [new SecretRecord("keys", "hmac-sha256:3", null), new SecretRecord("others", null, "may not be read")]),
        var t when t == typeof(IReadOnlyList<RecordedAnswer>) => new[] { new RecordedAnswer("sql 12", ["0042"]) },
        var t when t == typeof(IReadOnlyList<CheckResult>) => new[] { new CheckResult(Verdict.Fail, "GET /", "500", "2xx") },
        var t => Made(t),
    };

    private static object Made(Type type) => Runs.Proposed("r", guards: new(TimeSpan.FromHours(4), TimeSpan.FromMinutes(15), TimeSpan.Zero)) is var r
        && new object[] { r.Row, r.Service, r.Severity, r.Playbook }.FirstOrDefault(type.IsInstanceOfType) is { } found
            ? found
            : throw new NotSupportedException($"say what a {type} looks like");
}
