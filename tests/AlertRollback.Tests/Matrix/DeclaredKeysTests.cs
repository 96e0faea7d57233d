using AlertRollback.CommandLine;
using AlertRollback.Matrix.Reading;

namespace AlertRollback.Tests.Matrix;

/// <summary>What the real actions and checks declare can be read without ambiguity.</summary>
public sealed class DeclaredKeysTests
{
    private static readonly AlertRollback.Playbooks.Catalog Catalog = OfflineCatalog.Create();

    [Fact]
    public void A_key_of_services_means_the_same_to_every_action_and_check() =>
        Catalog.Actions.Values.SelectMany(a => a.ServiceParameters).Concat(Catalog.Checks.Values.SelectMany(c => c.ServiceParameters))
            .GroupBy(p => p.Name)
            .Where(g => g.Select(p => (p.Type, p.Grant, p.Main, string.Join(',', p.Fields.Select(f => f.Name)))).Distinct().Count() > 1)
            .Select(g => g.Key)
            .ShouldBeEmpty("one of them would be read by the other's rules");

    [Fact]
    public void No_key_of_services_hides_one_that_every_service_has() =>
        ServiceReader.SettingsOf(Catalog).Select(p => p.Name).Where(ServiceReader.Keys.Has).ShouldBeEmpty();

    [Fact]
    public void No_action_has_the_name_of_what_stands_beside_actions() =>
        Catalog.Actions.Keys.Append(PlaybookReader.HandOver).Where(StepReader.Keys.Has).ShouldBeEmpty();

    [Fact]
    public void No_check_has_a_parameter_named_report() =>
        Catalog.Checks.Values.SelectMany(c => c.Parameters).Select(p => p.Name).ShouldNotContain("report");
}
