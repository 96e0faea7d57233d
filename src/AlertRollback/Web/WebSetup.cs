using AlertRollback.Alerts.Intake;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Web.Credentials;
using AlertRollback.Web.Problems;

namespace AlertRollback.Web;

/// <summary>The HTTP side of the service: who may call what, and what every answer has in common.</summary>
public static class WebSetup
{
    /// <summary>Null when it is safe to listen as configured, else the reason why the service must not start.</summary>
    public static string? FaultOfListening(OperatorConfiguration configuration) =>
        LocalCalls.FaultOfListening(configuration.Listen, configuration.Webhook.Count > 0);

    /// <summary>Needs an <see cref="IJournal"/>, a <see cref="TimeProvider"/> and a <see cref="DecisionBasis"/> beside it.</summary>
    public static void AddWeb(this IServiceCollection services, OperatorConfiguration configuration)
    {
        services.AddSingleton(configuration);
        services.AddSingleton(configuration.Intake);
        services.AddSingleton<Readiness>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<AlertIntake>();
        services.AddSingleton<Refusals>();

        // A body that does not fit is said by the same words as every other fault.
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
    }

    /// <summary>First of all middleware.</summary>
    public static void UseWeb(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            SecurityHeaders.Set(context.Response.Headers);
            return next(context);
        });
        app.UseMiddleware<UnhandledFaults>();

        // Faults of the secrets' files are said at the start, not at the first call.
        app.Services.GetRequiredService<CredentialStore>();

        var readiness = app.Services.GetRequiredService<Readiness>();
        var journal = app.Services.GetRequiredService<IJournal>();
        readiness.Require("journal", () => journal.Trouble is null ? null : "cannot be written");
        app.Lifetime.ApplicationStopping.Register(readiness.Drain);
    }

    /// <summary>Probes and the webhook. Answers with the group that operators' endpoints go into, already protected.</summary>
    public static RouteGroupBuilder MapWeb(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealth();
        endpoints.MapAlerts().RequireWebhook();
        return endpoints.MapGroup("/api/v1").RequireOperator();
    }
}
