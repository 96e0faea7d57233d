using System.Text;

namespace AlertRollback.Alerts.Intake;

/// <summary>The address Alertmanager posts to.</summary>
public static partial class AlertsEndpoint
{
    public const string Path = "/api/v1/alerts";

    /// <summary>Maps the webhook; who may call it is up to whoever maps it.</summary>
    public static IEndpointConventionBuilder MapAlerts(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(Path, (RequestDelegate)ReceiveAsync).WithMetadata(OwnSizeLimit.Instance);

    private static async Task ReceiveAsync(HttpContext context)
    {
        var intake = context.RequestServices.GetRequiredService<AlertIntake>();
        var answer = await intake.TakeAsync(context.Request, context.RequestAborted);
        Note(context, answer);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var text = Encoding.UTF8.GetBytes(answer.Text + "\n");
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }

    private static void Note(HttpContext context, IntakeAnswer answer)
    {
        var (refusals, sender) = (context.RequestServices.GetRequiredService<Refusals>(), context.Connection.RemoteIpAddress);
        if (!answer.IsRefusal)
        {
            refusals.Accepted(sender);
            return;
        }

        refusals.Refuse(answer.Status, answer.Text, sender, isAdmitted: true);
        LogRefused(context.RequestServices.GetRequiredService<ILogger<AlertIntake>>(), answer.Status, answer.Text, sender);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "webhook call from {Sender} answered with {Status}: {Text}")]
    private static partial void LogRefused(ILogger log, int status, string text, System.Net.IPAddress? sender);
}
