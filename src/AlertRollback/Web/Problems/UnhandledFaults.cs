using System.Text.Json;
using AlertRollback.Storage;

namespace AlertRollback.Web.Problems;

/// <summary>The last resort of all endpoints: the log gets the exception, the caller a short problem.</summary>
internal sealed partial class UnhandledFaults(RequestDelegate next, ILogger<UnhandledFaults> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // nobody is there to be answered.
        }
        catch (BadHttpRequestException fault)
        {
            await Problem.WriteAsync(context, fault.StatusCode, Text(fault));
        }
        catch (JournalUnavailableException fault)
        {
            LogJournal(log, context.Request.Method, context.GetEndpoint()?.DisplayName, fault.Message);
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "the journal cannot be written; nothing was changed");
        }
        catch (OutOfMemoryException fault)
        {
            // Alertmanager keeps what is answered so, and comes again.
            LogBug(log, fault, context.Request.Method, context.GetEndpoint()?.DisplayName);
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "memory is short; look what became of it, and try again");
        }
        catch (Exception fault)
        {
            LogBug(log, fault, context.Request.Method, context.GetEndpoint()?.DisplayName);
            await Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "internal fault; the service's log has the details");
        }
    }

    private static string Text(BadHttpRequestException fault) => fault switch
    {
        // Only its text tells a member that there is none of from one with a value that does not fit.
        { InnerException: JsonException { Path: { Length: > 1 } path, Message: var text } } when text.Contains("could not be mapped", StringComparison.Ordinal) =>
            $"the request cannot be read: {Shown.Clean(path)} is unknown",
        { InnerException: JsonException { Path: { Length: > 1 } path } } => $"the request cannot be read: {Shown.Clean(path)} is not as expected",
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => "the request cannot be read: send a JSON body as application/json",
        _ => "the request cannot be read",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint}: {Fault}")]
    private static partial void LogJournal(ILogger log, string method, string? endpoint, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint}: internal fault")]
    private static partial void LogBug(ILogger log, Exception fault, string method, string? endpoint);
}
