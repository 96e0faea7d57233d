using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace AlertRollback.Web.Problems;

/// <summary>An answer that says what is wrong: problem details (RFC 9457) with a text of ours, never an exception's.</summary>
internal static class Problem
{
    public static async Task WriteAsync(HttpContext context, int status, string detail)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status"u8, status);
        json.WriteString("detail"u8, detail);
        json.WriteEndObject();
    }
}
