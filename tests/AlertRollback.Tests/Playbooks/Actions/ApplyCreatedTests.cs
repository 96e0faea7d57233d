using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Whether what was created is still ours: lists of it may be longer than they were written.</summary>
public sealed class ApplyCreatedTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, true)]
    [InlineData("""{"metadata": {"annotations": {"seen": "yes"} } }""", true)]
    [InlineData("""{"spec": {"template": {"spec": {"tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]} } } }""", false)]
    [InlineData("""{"spec": {"template": {"spec": {"tolerations": [{"key": "b", "operator": "Exists"}]} } } }""", false)]
    public async Task S7_what_an_admission_webhook_adds_is_ours_and_what_people_add_is_theirs(string? change, bool isOurs)
    {
        await using var world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: false);
        var action = ApplyUse.Create(world, api: AdmissionWebhook.Before(world.Api));
        var (context, again) = (Acting.Context(world.Service), Acting.Context(world.Service, attempt: 2));
        var pin = await action.PinAsync(context, Acting.Json("""
            {"wait": false, "manifest": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "page"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "page"} },
             "template": {"metadata": {"labels": {"app": "page"} }, "spec": {"tolerations": [{"key": "a", "operator": "Exists"}],
              "containers": [{"name": "page", "image": "page:v1", "resources": {"limits": {"cpu": "0.5"} }, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]} } } } }
            """));
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await world.GetAsync(ResourceKind.Deployment, "page"))!.At("spec", "template", "spec", "containers")!.AsArray().Count.ShouldBe(2);
        if (change is not null)
            await world.PatchAsync(ResourceKind.Deployment, "page", change);

        (await action.ApplyAsync(again, pin) is StepOutcome.Done).ShouldBe(isOurs);
        (await action.RestoreAsync(context, pin, Cancellation) is StepOutcome.Done).ShouldBe(isOurs);
        (await world.GetAsync(ResourceKind.Deployment, "page") is null or { BeingDeleted: true }).ShouldBe(isOurs);
    }

    [Fact]
    public async Task S7_a_pod_to_which_a_real_server_adds_volumes_and_tolerations_is_still_ours()
    {
        await using var world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: true);
        var action = ApplyUse.Create(world, new TeamGrants { Kinds = ["Pod"] });
        var context = Acting.Context(world.Service);
        var pin = await action.PinAsync(context, Acting.Json("""
            {"wait": false, "manifest": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "chaos"}, "spec": {
             "terminationGracePeriodSeconds": 0, "tolerations": [{"key": "chaos", "operator": "Exists"}], "volumes": [{"name": "work", "emptyDir": {} }],
             "containers": [{"name": "chaos", "image": "chaos:v1", "resources": {"limits": {"cpu": "0.5"} }, "volumeMounts": [{"name": "work", "mountPath": "/work"}]}]} } }
            """));

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        var pod = (await world.GetAsync(ResourceKind.Pod, "chaos")).ShouldNotBeNull();
        (pod.At("spec", "tolerations")!.AsArray().Count, pod.At("spec", "volumes")!.AsArray().Count).ShouldBe((3, 2));
        (await action.ApplyAsync(Acting.Context(world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();

        (await world.GetAsync(ResourceKind.Pod, "chaos")).ShouldSatisfyAllConditions(p => (p is null || p.BeingDeleted).ShouldBeTrue());
    }
}
