using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Rollbacks;

public sealed class PlanChangesTests
{
    private static readonly ServiceDefinition Jobs = Proposed().Service with { Name = "rental-jobs" };

    private static readonly PlannedStep Scale = new("kubernetes/0/rental-jobs", "scale", [], "2 replicas", "0 replicas", [], [], [], null, false, true) { Service = Jobs };

    [Fact]
    public void What_has_changed_is_said_with_the_service_that_it_is_for()
    {
        PlanChanges.Text(Of(), Of(Scale)).ShouldBe("new: scale of rental-jobs 2 replicas → 0 replicas");
        PlanChanges.Text(Of(Scale), Of()).ShouldBe("no scale of rental-jobs 2 replicas → 0 replicas any more");
        PlanChanges.Text(Of(Scale), Of(Scale with { From = "3 replicas" })).ShouldBe("scale of rental-jobs 3 replicas → 0 replicas instead of 2 replicas → 0 replicas");
    }

    private static Plan Of(params PlannedStep[] more) => Plan.Of(0, "kubernetes", [.. PlanMade().Plan.Steps, .. more]);
}
