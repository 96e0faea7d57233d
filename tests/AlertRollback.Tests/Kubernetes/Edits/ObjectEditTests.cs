using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes.Edits;

/// <summary>Compare and patch, with other people's changes and lost answers exactly where a test wants them.</summary>
public sealed class ObjectEditTests
{
    private const string secret = "s3cr3t-value";
    private static readonly StepMark mark = new("alertrollback.io/env-1", "rb-1", "kubernetes/0");
    private static readonly ObjectPath env = EditPin.Template.Member("spec").Member("containers").Item("name", "app").Member("env");
    private readonly Shop shop = Shop.WithReleases("v1", "v2");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ObjectEdit Edit => new(shop.Cluster, TimeProvider.System);

    private string Env => string.Join(' ', ((JsonArray?)shop.Live.At("spec", "template", "spec", "containers")![0]!["env"] ?? []).Select(e => $"{e!["name"]}={e["value"]}"));

    [Fact]
    public async Task A_value_that_may_be_secret_is_put_back_from_the_revision_that_keeps_it_and_is_nowhere_in_the_pin()
    {
        Keep(secret);
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2"), MayBeSecret: true));

        pin.ToJson().ToJsonString().ShouldNotContain(secret);
        string.Join('\n', EditDiff.Lines(pin)).ShouldNotContain(secret);
        (await Edit.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Applied>();
        Env.ShouldBe("A=2");
        (await Edit.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Applied>();
        Env.ShouldBe($"A={secret}");
        shop.Live.Annotation(mark.Annotation).ShouldBeNull();
    }

    [Fact]
    public async Task Without_the_revision_that_kept_a_secret_value_nothing_is_put_back()
    {
        Keep(secret);
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2"), MayBeSecret: true));
        await Edit.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Remove(Shop.ReplicaSetRef(2));

        (await Edit.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Refused>().Refusal.ShouldBe(EditRefusal.ValuesGone);
        Env.ShouldBe("A=2");
    }

    [Fact]
    public async Task What_nobody_keeps_stays_and_is_named_and_the_rest_is_put_back_once()
    {
        var pinned = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2"), MayBeSecret: true), new Change(ObjectPath.Of("spec", "replicas"), 7));
        var (pin, before) = (pinned with { Kept = null }, shop.Live.Number("spec", "replicas"));
        await Edit.ApplyAsync(pin, mark, Cancellation);

        var first = await Edit.RestoreAsync(pin, mark, Cancellation);
        var patches = shop.Cluster.Patches;
        var again = await Edit.RestoreAsync(pin, mark, Cancellation);

        first.ShouldBe(new EditOutcome.Refused(EditRefusal.ValuesGone, $"{Shop.Api} containers[app].env[A]: what stood there is kept nowhere; the other places of the change are as they were"));
        (shop.Live.Number("spec", "replicas"), Env).ShouldBe((before, "A=2"));
        (again, shop.Cluster.Patches).ShouldBe((first, patches));
    }

    [Fact]
    public async Task Where_nobody_keeps_anything_it_is_said_without_a_revision_s_name()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2"), MayBeSecret: true)) with { Kept = null };
        await Edit.ApplyAsync(pin, mark, Cancellation);

        (await Edit.RestoreAsync(pin, mark, Cancellation)).ShouldBe(
            new EditOutcome.Refused(EditRefusal.ValuesGone, $"{Shop.Api} stays as it is: what stood at containers[app].env[A] is kept nowhere"));
    }

    [Fact]
    public async Task Items_are_put_back_where_they_stood()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] = new JsonArray([.. "abcde".Select(c => Variable($"{c}", "1"))]));
        var pin = await PinAsync(new Change(env.Item("name", "d"), null), new Change(env.Item("name", "b"), null));

        await Edit.ApplyAsync(pin, mark, Cancellation);
        Env.ShouldBe("a=1 c=1 e=1");
        await Edit.RestoreAsync(pin, mark, Cancellation);
        Env.ShouldBe("a=1 b=1 c=1 d=1 e=1");
    }

    [Fact]
    public async Task What_was_absent_is_absent_again_with_the_parents_made_for_it()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!.AsObject().Remove("annotations"));
        var pin = await PinAsync(new Change(EditPin.Template.Member("metadata").Member("annotations").Member("restarted/at"), "now"));

        await Edit.ApplyAsync(pin, mark, Cancellation);
        shop.Live.Text("spec", "template", "metadata", "annotations", "restarted/at").ShouldBe("now");
        await Edit.RestoreAsync(pin, mark, Cancellation);
        shop.Live.At("spec", "template", "metadata", "annotations").ShouldBeNull();
    }

    [Fact]
    public async Task An_item_that_moved_is_still_the_same_item()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().Insert(0, Variable("FIRST", "0")));

        (await Edit.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Applied>();
        Env.ShouldBe("FIRST=0 A=2");
    }

    [Theory]
    [InlineData("another value", "changed meanwhile")]
    [InlineData("deleted and made again", "created again")]
    [InlineData("put back by hand", "put back again by somebody else")]
    public async Task Somebody_elses_change_is_left_alone(string how, string said)
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.Change(Shop.Api.Object, o =>
        {
            if (how == "another value")
                o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]![0]!["value"] = "3";
            else if (how == "put back by hand")
                o["metadata"]!["annotations"]![mark.Annotation] = mark.Value;
            else
                o["metadata"]!["uid"] = "another";
        });
        var patches = shop.Cluster.Patches;

        (await Edit.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Superseded>().Text.ShouldContain(said);
        shop.Cluster.Patches.ShouldBe(patches);
    }

    [Fact]
    public async Task A_write_in_between_is_compared_again_and_a_lost_answer_is_read_back()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.BeforePatch = number =>
        {
            if (number == 1)
                shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 7);
        };
        shop.Cluster.AfterPatch = _ => throw new KubernetesException(KubernetesFault.OutcomeUnknown, "reset");

        (await Edit.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.AlreadyThere>();
        Env.ShouldBe("A=2");
        shop.Live.Number("spec", "replicas").ShouldBe(7);
        shop.Cluster.Patches.ShouldBe(2);
    }

    [Theory]
    [InlineData(KubernetesFault.Unavailable)]
    [InlineData(KubernetesFault.Forbidden)]
    public async Task S2_a_write_whose_answer_was_lost_is_not_called_undone_where_it_cannot_be_read_back(KubernetesFault fault)
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.AfterPatch = _ =>
        {
            shop.Cluster.BeforeRead = _ => throw new KubernetesException(fault, "away");
            throw new KubernetesException(KubernetesFault.OutcomeUnknown, "reset");
        };

        (await Edit.ApplyAsync(pin, mark, Cancellation)).ShouldBe(new EditOutcome.Unknown("away"));
        Env.ShouldBe("A=2");
    }

    [Theory]
    [InlineData(false, "Refused")]
    [InlineData(true, "Unknown")]
    public async Task S2_fields_of_somebody_else_say_that_nothing_was_changed_unless_an_answer_was_lost_before(bool lost, string end)
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.BeforePatch = n => throw (lost && n == 1
            ? new KubernetesException(KubernetesFault.OutcomeUnknown, "reset")
            : new KubernetesException(KubernetesFault.Conflict, "Apply failed with 1 conflict: .spec"));

        (await new ObjectEdit(shop.Cluster, new PassingTime(DateTimeOffset.UnixEpoch)).ApplyAsync(pin, mark, Cancellation)).GetType().Name.ShouldBe(end);
    }

    [Fact]
    public async Task S7_an_object_that_was_made_again_is_not_put_back_though_it_looks_like_ours()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        await Edit.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["uid"] = "another");

        (await Edit.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Superseded>().Text.ShouldContain("created again");
        Env.ShouldBe("A=2");
    }

    [Fact]
    public async Task The_wanted_value_from_somebody_else_is_not_restored()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2")));
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]![0]!["value"] = "2");

        (await Edit.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<EditOutcome.Superseded>();
    }

    [Fact]
    public async Task Two_items_of_one_name_are_refused()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"] = new JsonArray(Variable("A", "1"), Variable("A", "2")));

        (await PlanAsync(new Change(env.Item("name", "A"), null))).ShouldBeOfType<EditPlan.Refused>().Refusal.ShouldBe(EditRefusal.Ambiguous);
    }

    [Fact]
    public async Task What_gitops_owns_is_refused()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["argocd.argoproj.io/tracking-id"] = "rental:apps/Deployment:shop/api");

        (await PlanAsync(new Change(env.Item("name", "A"), null))).ShouldBeOfType<EditPlan.Refused>().Refusal.ShouldBe(EditRefusal.OwnedByGitops);
    }

    [Fact]
    public async Task A_pin_survives_the_journal()
    {
        var pin = await PinAsync(new Change(env.Item("name", "A"), Variable("A", "2"), MayBeSecret: true), new Change(ObjectPath.Of("spec").Member("rules").Item("host", null), null));
        var read = EditPin.FromJson((JsonObject)JsonNode.Parse(pin.ToJson().ToJsonString())!);

        read.Places.Select(p => p.Path).ShouldBe(pin.Places.Select(p => p.Path));
        read.ToJson().ToJsonString().ShouldBe(pin.ToJson().ToJsonString());
    }

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    /// <summary>Both the live template and the revision that keeps it have this value of A.</summary>
    private void Keep(string value)
    {
        foreach (var target in new[] { Shop.Api.Object, Shop.ReplicaSetRef(2) })
            shop.Cluster.Change(target, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]![0]!["value"] = value);
    }

    private async Task<EditPin> PinAsync(params Change[] changes) => (await PlanAsync(changes)).ShouldBeOfType<EditPlan.Pinned>().Pin;

    private Task<EditPlan> PlanAsync(params Change[] changes) => new EditPlanning(shop.Cluster).PinAsync(
        Shop.Api.Object, shop.Live, changes, new KeptTemplate(ResourceKind.ReplicaSet, "api-00000002", "rs-2"), mark, Cancellation);
}
