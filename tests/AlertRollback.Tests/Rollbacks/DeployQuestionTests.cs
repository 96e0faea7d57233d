using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks;

public sealed class DeployQuestionTests
{
    private const string Here = "deployment/production/rental-api";

    private static readonly ServiceDefinition Rental = Runs.Proposed("r").Service;

    [Theory]
    // asked for | minutes | answer
    [InlineData("shop/api:v2", 1, MayDeploy.No)]
    [InlineData("docker.io/shop/api:v2", 1, MayDeploy.No)]
    [InlineData("shop/api:v3", 1, MayDeploy.Yes)]
    [InlineData("shop/api@sha256:11", 1, MayDeploy.Ask)]
    [InlineData("shop/api:v2", 60, MayDeploy.Yes)]
    public void What_was_rolled_back_from_is_not_deployed_until_its_quarantine_is_over(string image, double minutes, MayDeploy answer) =>
        Ask(BookOf("u", Current(Here, "shop/api:v1"), Quarantined(Here, "shop/api:v2", until: 60)), image, "rental", minutes).Deploy.ShouldBe(answer);

    [Fact]
    public void The_answer_names_the_rollback_and_the_end()
    {
        var answer = Ask(BookOf("u", Quarantined(Here, "shop/api:v2", until: 60)), "shop/api:v2", "rental", 1);
        (answer.Reason, answer.RollbackId, answer.Until).ShouldBe((Reason.Quarantined, "r1", Runs.At(60)));
    }

    [Theory]
    [InlineData("rental", MayDeploy.Yes)]
    [InlineData(null, MayDeploy.No)]
    public void Elsewhere_it_may_be_deployed_unless_nothing_is_said_of_where(string? service, MayDeploy answer) =>
        Ask(BookOf("u", Quarantined("deployment/staging/other", "shop/api:v2", until: 60)), "shop/api:v2", service, 1).Deploy.ShouldBe(answer);

    [Fact]
    public void A_person_lets_go_of_it() =>
        Ask(BookOf("u", Quarantined(Here, "shop/api:v2", until: 60), new WorkloadEvent.Unpinned(Here, "d", "ada", "fixed")), "shop/api:v2", "rental", 1).Deploy.ShouldBe(MayDeploy.Yes);

    [Fact]
    public void An_unknown_service_is_for_people() => Ask(Book.Empty, "shop/api:v2", "nobody", 0).ShouldSatisfyAllConditions(
        a => a.Deploy.ShouldBe(MayDeploy.Ask),
        a => a.Reason.ShouldBe(Reason.UnknownService));

    [Theory]
    [InlineData(2, MayDeploy.No, Reason.Stabilising)]
    [InlineData(29, MayDeploy.No, Reason.Stabilising)]
    [InlineData(31, MayDeploy.No, Reason.RunUnderWay)]
    public void During_stabilisation_deployments_are_frozen(double minutes, MayDeploy deploy, Reason reason)
    {
        var answer = Ask(Runs.BookOf(Runs.Proposed("r1").Acted(0).Stabilising(0)), "shop/api:v9", "rental", minutes);
        (answer.Deploy, answer.Reason).ShouldBe((deploy, reason));
        if (reason == Reason.Stabilising)
            answer.Until.ShouldBe(Runs.At(30));
    }

    [Fact]
    public void While_an_alert_is_decided_a_person_is_asked_and_after_the_rollback_nobody()
    {
        Ask(Runs.BookOf(Runs.Proposed("r1")), "shop/api:v9", "rental", 1).Deploy.ShouldBe(MayDeploy.Ask);
        Ask(Runs.BookOf(Runs.Proposed("r1", shadow: true)), "shop/api:v9", "rental", 1).Deploy.ShouldBe(MayDeploy.Yes);
        Ask(Runs.BookOf(Runs.Proposed("r1").Acted(0).Stabilising(0).Closed(30)), "shop/api:v9", "rental", 31).Deploy.ShouldBe(MayDeploy.Yes);
    }

    [Theory]
    [InlineData("rental", MayDeploy.No)]
    [InlineData("web", MayDeploy.Yes)]
    public void A_container_is_of_the_service_whose_rollback_put_it_into_quarantine(string service, MayDeploy deploy)
    {
        var book = Runs.BookOf(Runs.Proposed("r1", workload: null).Acted(0).Closed(1)) with { Workloads = BookOf("c", Quarantined("container/vm/rental", "shop/api:v2", until: 60)).Workloads };
        Ask(book, "shop/api:v2", service, 2).Deploy.ShouldBe(deploy);
    }

    [Fact]
    public void What_was_spared_of_a_container_says_why()
    {
        var book = Runs.BookOf(Runs.Proposed("r1", workload: null).Acted(0).Closed(1)) with
        {
            Workloads = BookOf("c", new WorkloadEvent.QuarantineWithheld("container/vm/rental", "d", ["shop/api:v2"], "r1", "the disk was full")).Workloads,
        };
        Ask(book, "shop/api:v2", "rental", 2).ShouldSatisfyAllConditions(
            a => a.Deploy.ShouldBe(MayDeploy.Yes),
            a => a.Text.ShouldBe("it was rolled back from once: the disk was full"));
    }

    [Fact]
    public void While_a_container_is_rolled_back_and_watched_nothing_is_deployed_over_it()
    {
        var acting = Runs.Proposed("r1", workload: null).Acted(0);
        Ask(Runs.BookOf(acting), "shop/api:v9", "rental", 1).Reason.ShouldBe(Reason.RunUnderWay);
        Ask(Runs.BookOf(acting.Stabilising(0)), "shop/api:v9", "rental", 1).Reason.ShouldBe(Reason.Stabilising);
        Ask(Runs.BookOf(acting), "shop/api:v9", "web", 1).Deploy.ShouldBe(MayDeploy.Yes);
    }

    [Fact]
    public void Without_a_service_those_count_that_run_the_same_repository()
    {
        var book = Runs.BookOf(Runs.Proposed("r1").Acted(0).Stabilising(0)) with { Workloads = BookOf("u", Current(Here, "shop/api:v1")).Workloads };
        Ask(book, "shop/api:v9", null, 1).Deploy.ShouldBe(MayDeploy.No);
        Ask(book, "shop/web:v9", null, 1).Deploy.ShouldBe(MayDeploy.Yes);
    }

    private static DeployAnswer Ask(Book book, string image, string? service, double minutes) =>
        DeployQuestion.Answer(book, [Rental, Rental with { Name = "web", Workload = null }], ImageReference.Parse(image)!, service, Runs.At(minutes));

    private static WorkloadEvent Current(string workload, string image) => new WorkloadEvent.BecameCurrent(workload, "c", 0, [image], Runs.Noon);

    private static WorkloadEvent Quarantined(string workload, string image, double until) => new WorkloadEvent.Quarantined(workload, "d", [image], "r1", Runs.At(until));

    private static Book BookOf(string uid, params WorkloadEvent[] events) => Book.Empty with
    {
        Workloads = Book.Empty.Workloads.Add(uid, events.Aggregate(new WorkloadKnowledge(uid), (k, e) => k.Apply(Runs.Noon, e))),
    };
}
