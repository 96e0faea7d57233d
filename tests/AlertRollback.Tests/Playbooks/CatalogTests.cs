using AlertRollback.CommandLine;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Checks;
using Microsoft.Extensions.DependencyInjection;

namespace AlertRollback.Tests.Playbooks;

public sealed class CatalogTests
{
    [Fact]
    public void No_action_or_check_is_left_out_for_want_of_being_public()
    {
        var all = typeof(Catalog).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && (t.IsAssignableTo(typeof(IAction)) || t.IsAssignableTo(typeof(ICheck))));
        var registered = new ServiceCollection().AddCatalog()
            .Where(s => s.ServiceType == typeof(IAction) || s.ServiceType == typeof(ICheck))
            .Select(s => s.ImplementationType);
        registered.ShouldBe(all, ignoreOrder: true);
    }

    [Fact]
    public void Every_check_is_waited_for_as_long_as_its_own_timeout_says()
    {
        // The timeout of a job is the Job's, which is looked at again and again.
        var timed = OfflineCatalog.Create().Checks.Values.Where(c => c.Name != "job" && c.Parameters.Any(p => p.Name == "timeout")).ToList();

        timed.Select(c => c.Name).ShouldContain("exec");
        timed.ShouldAllBe(c => c.Longest(Asking.Context().Service, Asking.Parameters("""{"timeout": "3m"}""")) > TimeSpan.FromMinutes(3));
    }
}
