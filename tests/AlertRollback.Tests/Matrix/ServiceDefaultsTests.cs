namespace AlertRollback.Tests.Matrix;

public sealed class ServiceDefaultsTests
{
    private const string Admission = """
        team: admission
        service_defaults:
          workload: {deployment: "production/${service}"}
          url: http://${service}.${namespace}.svc.cluster.local:8080
          slack: "#admission-ops"
        services:
          user-service: {}
          gateway: {slack: "#gateway"}
        rows: [{name: all, matchers: [], log: true}]

        """;

    [Fact]
    public void Every_service_fills_them_in_with_its_own_names_and_may_say_otherwise()
    {
        var services = Matrices.Sound(Admission).Teams[0].Services;

        services.Select(s => (s.Workload!.ToString(), s.Url, s.Slack)).ShouldBe([
            ("deployment/production/user-service", "http://user-service.production.svc.cluster.local:8080", "#admission-ops"),
            ("deployment/production/gateway", "http://gateway.production.svc.cluster.local:8080", "#gateway"),
        ]);
    }

    [Fact]
    public void A_fault_in_them_is_told_once_and_in_their_place()
    {
        var faults = Matrices.Load(Admission.Replace("slack: \"#admission-ops\"", "slak: x", StringComparison.Ordinal)).Faults;

        faults.Select(f => (f.Line, f.Column)).Distinct().ShouldBe([(5, 3)]);
    }

    [Fact]
    public void The_namespace_is_unknown_before_the_workload_is()
    {
        var faults = Matrices.Load(Admission.Replace("production/${service}", "${namespace}/${service}", StringComparison.Ordinal)).Faults;

        faults.ShouldContain(f => f.Line == 3 && f.Message.Contains("\"${namespace}\"", StringComparison.Ordinal));
    }
}
