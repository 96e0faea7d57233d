using System.Collections.Frozen;
using System.Reflection;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Playbooks.Databases;
using AlertRollback.Playbooks.Git;
using AlertRollback.Playbooks.Manifests;
using AlertRollback.Playbooks.Programs;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AlertRollback.Playbooks;

/// <summary>All actions and checks by the word the matrix file uses.</summary>
public sealed class Catalog(IEnumerable<IAction> actions, IEnumerable<ICheck> checks) : ICatalog
{
    public FrozenDictionary<string, IAction> Actions { get; } = actions.ToFrozenDictionary(a => a.Name, StringComparer.Ordinal);

    public FrozenDictionary<string, ICheck> Checks { get; } = checks.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);

    IReadOnlyDictionary<string, IActionKind> ICatalog.Actions { get; } = actions.ToFrozenDictionary(a => a.Name, IActionKind (a) => a, StringComparer.Ordinal);

    IReadOnlyDictionary<string, ICheckKind> ICatalog.Checks { get; } = checks.ToFrozenDictionary(c => c.Name, ICheckKind (c) => c, StringComparer.Ordinal);

    /// <summary>The action of a step that was validated when its matrix was loaded.</summary>
    /// <exception cref="KeyNotFoundException">A journal written by a version that knew more actions.</exception>
    public IAction Action(string name) =>
        Actions.TryGetValue(name, out var action) ? action : throw new KeyNotFoundException($"this version has no action '{name}'");

    /// <summary>Whether any step of a playbook, or of the one that takes over, changes production.</summary>
    public bool ChangesProduction(PlaybookDefinition playbook) =>
        playbook.Before.Concat(playbook.Meanwhile).Concat(playbook.Methods.SelectMany(m => m.Steps)).Concat(playbook.OnFailure)
            .Any(s => Action(s.Action).ChangesProductionWith(s.Parameters))
        || (playbook.Then is { } then && ChangesProduction(then));

    public ICheck Check(string name) =>
        Checks.TryGetValue(name, out var check) ? check : throw new KeyNotFoundException($"this version has no check '{name}'");
}

/// <summary>How actions and checks become known to the host.</summary>
public static class CatalogRegistration
{
    /// <summary>Registers every public action and check of this assembly: adding one is adding its file.</summary>
    public static IServiceCollection AddCatalog(this IServiceCollection services)
    {
        // To ask for all types would load each of them, for good: closures and state machines are thousands, and megabytes.
        foreach (var type in Assembly.GetExecutingAssembly().GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false }))
        {
            if (type.IsAssignableTo(typeof(IAction)))
                services.AddSingleton(typeof(IAction), type);
            else if (type.IsAssignableTo(typeof(ICheck)))
                services.AddSingleton(typeof(ICheck), type);
        }

        // What several actions and checks share.
        services.AddSingleton<Secrets.GrantedValues>();
        services.TryAddSingleton(s => new Clusters(s.GetRequiredService<IKubernetesApi>()));
        services.AddSingleton(s => new LocalPrograms(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<GrantedCommands>();
        services.AddSingleton<GrantedKinds>();
        services.AddSingleton<SecretManifests>();
        services.AddSingleton<GrantedDatabases>();
        services.AddSingleton<GrantedEngines>();
        services.AddSingleton<GrantedRepositories>();
        services.AddSingleton(s => new PullRequests(NoRedirects(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DeployedCommit>();
        return services.AddSingleton<Catalog>().AddSingleton<ICatalog>(s => s.GetRequiredService<Catalog>());
    }

    // They could lead anywhere, with the credential.
    private static HttpClient NoRedirects() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) }) { Timeout = Timeout.InfiniteTimeSpan };
}
