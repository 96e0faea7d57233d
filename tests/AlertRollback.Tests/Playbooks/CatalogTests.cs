using AlertRollback.Playbooks;
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
}
