using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.CommandLine;

/// <summary>The actions and checks for commands that only validate: they know their parameters and reach nothing.</summary>
internal static class OfflineCatalog
{
    public static Catalog Create() => Create(null);

    /// <param name="operators">What is granted, where that is known; null: nothing.</param>
    public static Catalog Create(OperatorConfiguration? operators)
    {
        var granted = operators ?? new OperatorConfiguration { Matrix = "", Journal = "" };
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(granted);
        services.AddSingleton<IKubernetesApi>(new NoCluster("not asked while checking"));
        var chronicle = new Chronicle(new NoJournal(), TimeProvider.System);
        services.AddSingleton<IRevisionLedger>(new RevisionLedger(chronicle, granted, TimeProvider.System));
        services.AddSingleton<IConfigurationLedger>(new ConfigurationLedger(chronicle, new JournalSalt(new NoJournal())));
        services.AddSingleton<INoticeMemory>(new NoticeMemory(chronicle));
        services.AddSingleton<IStatusPage>(new NoStatusPage());
        services.AddSingleton(new GrantedHttp(new HttpClient(), granted, TimeProvider.System));
        services.AddSingleton(new PrometheusSource(new HttpClient(), granted, TimeProvider.System));
        services.AddSingleton<IAlertSource>(new HttpAlertSource(new HttpClient(), granted));
        services.AddCatalog();
        return services.BuildServiceProvider().GetRequiredService<Catalog>();
    }
}
