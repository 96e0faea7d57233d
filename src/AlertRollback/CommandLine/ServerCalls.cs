using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;

namespace AlertRollback.CommandLine;

/// <summary>Commands that ask the running service over its API: where it is, with which credential, and what comes of it.</summary>
internal static class ServerCalls
{
    private static readonly Option<string> Server = new("--server")
    {
        Description = "address of the running service; default: ALERTROLLBACK_SERVER, else http://127.0.0.1:8080",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ALERTROLLBACK_SERVER") ?? "http://127.0.0.1:8080",
        Recursive = true,
    };

    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "file with an operator's bearer token; default: ALERTROLLBACK_TOKEN_FILE",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ALERTROLLBACK_TOKEN_FILE"),
        Recursive = true,
    };

    /// <summary>An argument that must not be empty: the service would be asked something else, e.g. to lift a freeze instead of to set one.</summary>
    public static Argument<string> Named(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            // A variable of a script that was not set.
            if (result.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value)))
                result.AddError($"{name} is empty: {description}");
        });
        return argument;
    }

    public static Option<string> Why() => new("--why") { Description = "the reason; it is journalled and announced", Required = true };

    /// <param name="exit">The exit code an answer means; null: always 0.</param>
    public static Command Get(
        string name, string summary, Argument[] arguments, Func<ParseResult, string> path, Action<JsonNode, TextWriter> print, Func<JsonNode, int>? exit = null,
        Option? option = null)
    {
        var json = new Option<bool>("--json") { Description = "print the answer as JSON" };
        var command = Of(name, summary, arguments, option is null ? [json] : [json, option]);
        command.SetAction((parse, cancellation) => CallAsync(parse, HttpMethod.Get, path(parse), null, (node, output) =>
        {
            if (parse.GetValue(json))
                output.WriteLine(node.ToJsonString(EventJson.Options));
            else
                print(node, output);
            return exit?.Invoke(node) ?? 0;
        }, cancellation));
        return command;
    }

    /// <summary>A command whose answer is a document, printed as it is.</summary>
    public static Command GetText(string name, string summary, Argument[] arguments, Option[] options, Func<ParseResult, string> path)
    {
        var command = Of(name, summary, arguments, options);
        command.SetAction((parse, cancellation) => CallTextAsync(parse, HttpMethod.Get, path(parse), null, (text, output) =>
        {
            output.Write(text);
            return 0;
        }, cancellation));
        return command;
    }

    public static Command Post(
        string name, string summary, Argument[] arguments, Option[] options, Func<ParseResult, string> path, Func<ParseResult, JsonObject> body,
        Action<JsonNode, TextWriter>? print = null)
    {
        var command = Of(name, summary, arguments, options);
        command.SetAction((parse, cancellation) => CallAsync(parse, HttpMethod.Post, path(parse), body(parse), (node, output) =>
        {
            (print ?? ((_, o) => o.WriteLine("done")))(node, output);
            return 0;
        }, cancellation));
        return command;
    }

    private static Command Of(string name, string summary, Argument[] arguments, Option[] options)
    {
        var command = new Command(name, summary) { Server, TokenFile };
        foreach (var option in options)
            command.Add(option);
        foreach (var argument in arguments)
            command.Add(argument);
        return command;
    }

    private static Task<int> CallAsync(
        ParseResult parse, HttpMethod method, string path, JsonObject? body, Func<JsonNode, TextWriter, int> print, CancellationToken cancellation) =>
        CallTextAsync(parse, method, path, body, (text, output) => print(text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!, output), cancellation);

    private static async Task<int> CallTextAsync(
        ParseResult parse, HttpMethod method, string path, JsonObject? body, Func<string, TextWriter, int> print, CancellationToken cancellation)
    {
        var server = parse.GetValue(Server)!.TrimEnd('/');
        try
        {
            return print(await AskAsync(server, parse.GetValue(TokenFile), method, path, body, cancellation), parse.InvocationConfiguration.Output);
        }
        catch (Exception fault) when (WhyNot(server, fault, cancellation) is { } why)
        {
            await parse.InvocationConfiguration.Error.WriteLineAsync(why);
            return 1;
        }
    }

    private static async Task<string> AskAsync(
        string server, string? tokenFile, HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new NoAnswerException($"{Shown.Quoted(server)} is no address of a service: write it like http://127.0.0.1:8080 (--server, or ALERTROLLBACK_SERVER)");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        using var request = new HttpRequestMessage(method, $"{server}/api/v1/{path}");
        if (tokenFile is { Length: > 0 })
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(tokenFile, cancellation));
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode)
            throw new NoAnswerException($"{server} answered {(int)response.StatusCode}: {Words(text)}{Hint(response.StatusCode)}");
        return text;
    }

    // Null: it was stopped by whoever called it, or it is a mistake in here.
    private static string? WhyNot(string server, Exception fault, CancellationToken cancellation) => fault switch
    {
        NoAnswerException => fault.Message,
        TaskCanceledException when !cancellation.IsCancellationRequested => $"{server} did not answer in time; look what came of it before you ask again",
        HttpRequestException http => $"{server} cannot be asked: {Cause(http)}. {Remedy(http)}",
        IOException or JsonException or InvalidOperationException or FormatException or NotSupportedException => $"{server} cannot be asked: {fault.Message}",
        _ => null,
    };

    // What is wrapped around it only says that there is something inside.
    private static string Cause(HttpRequestException fault) =>
        (fault is { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: { } inner } ? $"no secure connection: {inner.Message}" : fault.Message).TrimEnd('.');

    private static string Remedy(HttpRequestException fault) => fault.HttpRequestError == HttpRequestError.SecureConnectionError
        ? "Is it http:// there?"
        : "Does the service run there? --server says where it is";

    private static async Task<string> TokenAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellation)).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new NoAnswerException($"the token file {file} cannot be read: {fault.Message}", fault);
        }
    }

    // A refusal is one JSON text or a problem's detail; people read it without its wrapping.
    private static string Words(string text) => Parsed(text) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonObject problem when problem["detail"] is JsonValue detail => detail.ToString(),
        _ when text.Length == 0 => "nothing there by that name",
        _ => Shown.Clean(text),
    };

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Hint(HttpStatusCode status) => status == HttpStatusCode.Unauthorized ? ". --token-file names the file with yours" : "";

    private sealed class NoAnswerException(string message, Exception? inner = null) : Exception(message, inner);
}
