using AlertRollback.Alerts.Intake;
using AlertRollback.Web.Problems;

namespace AlertRollback.Web.Credentials;

/// <summary>
/// Puts the credential check around endpoints. It wraps their delegates, so that no order of middleware can leave it out,
/// and comes before the body is read.
/// </summary>
public static partial class Admittance
{
    public static TBuilder RequireWebhook<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        Require(endpoints, Audience.Webhook);

    /// <summary>For people: their endpoints also take small bodies only, and nothing that another site's page sent.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        Require(endpoints, Audience.Operator).WithMetadata(new SmallBodies());

    /// <summary>For delivery pipelines, and for people as well.</summary>
    public static TBuilder RequirePipeline<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        Require(endpoints, Audience.Pipeline, Audience.Operator);

    /// <summary>For whoever collects metrics, and for people as well.</summary>
    public static TBuilder RequireScraper<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        Require(endpoints, Audience.Scraper, Audience.Operator);

    private static TBuilder Require<TBuilder>(TBuilder endpoints, params Audience[] audiences) where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Finally(endpoint =>
        {
            var inner = endpoint.RequestDelegate ?? throw new InvalidOperationException($"{endpoint.DisplayName} has no delegate to protect");
            endpoint.RequestDelegate = context => EnterAsync(context, audiences, inner);
        });
        return endpoints;
    }

    private static Task EnterAsync(HttpContext context, Audience[] audiences, RequestDelegate inner)
    {
        var store = context.RequestServices.GetRequiredService<CredentialStore>();
        if (audiences.Contains(Audience.Operator) && LocalCalls.IsFromAnotherSite(context.Request))
            return RefuseAsync(context, audiences[0], StatusCodes.Status403Forbidden, "sent by another site's page");
        if (store.IsOpen(audiences))
            return EnterOpenAsync(context, audiences[0], inner);

        var admission = store.Admit(audiences, context.Request.Headers.Authorization);
        switch (admission.Access)
        {
            case Access.Admitted:
                context.Features.Set(new Caller(admission.Name!));
                return inner(context);
            case Access.OthersOnly:
                return RefuseAsync(context, audiences[0], StatusCodes.Status403Forbidden, $"this credential is not for {Purpose(audiences[0])}");
            default:
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"alertrollback\", charset=\"UTF-8\", Bearer";
                return RefuseAsync(context, audiences[0], StatusCodes.Status401Unauthorized, "a known bearer token or user and password is needed");
        }
    }

    private static Task EnterOpenAsync(HttpContext context, Audience audience, RequestDelegate inner)
    {
        if (!LocalCalls.IsLocal(context))
            return RefuseAsync(context, audience, StatusCodes.Status401Unauthorized, $"no credentials for {Purpose(audience)} are configured, so only this machine itself may call");
        if (LocalCalls.IsFromAnotherSite(context.Request))
            return RefuseAsync(context, audience, StatusCodes.Status403Forbidden, "sent by another site's page");
        context.Features.Set(new Caller("local"));
        return inner(context);
    }

    private static string Purpose(Audience audience) => audience switch
    {
        Audience.Webhook => "the webhook",
        Audience.Pipeline => "pipelines",
        Audience.Scraper => "scrapers",
        _ => "operators",
    };

    private static Task RefuseAsync(HttpContext context, Audience audience, int status, string text)
    {
        if (audience == Audience.Webhook)
            context.RequestServices.GetRequiredService<Refusals>().Refuse(status, text, context.Connection.RemoteIpAddress, isAdmitted: false);
        var log = context.RequestServices.GetRequiredService<ILogger<CredentialStore>>();
        LogRefused(log, context.Request.Method, context.GetEndpoint()?.DisplayName, context.Connection.RemoteIpAddress, status, text);
        return Problem.WriteAsync(context, status, text);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Endpoint} from {Sender} refused with {Status}: {Text}")]
    private static partial void LogRefused(ILogger log, string method, string? endpoint, System.Net.IPAddress? sender, int status, string text);
}
