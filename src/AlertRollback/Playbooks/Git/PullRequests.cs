using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Git;

/// <summary>A pull request as GitHub tells of it.</summary>
public sealed record PullRequest(long Number, string Address, bool IsOpen, bool IsMerged);

/// <summary>The few calls of GitHub's REST API that a revert takes; a refusal or a silence is an exception.</summary>
public sealed class PullRequests(HttpClient http, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>The pull request of a branch, whatever became of it; null: there is none.</summary>
    public async Task<PullRequest?> FindAsync(GrantedRepository repository, string branch, CancellationToken cancellation)
    {
        var owner = new Uri(repository.Api!).AbsolutePath.Trim('/').Split('/')[^2];
        var found = await SendAsync(repository, HttpMethod.Get, $"pulls?state=all&head={Uri.EscapeDataString($"{owner}:{branch}")}", null, cancellation);
        return found is JsonArray { Count: > 0 } list && list[0] is JsonObject newest ? await ReadAsync(repository, newest["number"]!.GetValue<long>(), cancellation) : null;
    }

    public async Task<PullRequest> ReadAsync(GrantedRepository repository, long number, CancellationToken cancellation) =>
        Of(await SendAsync(repository, HttpMethod.Get, $"pulls/{number}", null, cancellation));

    public async Task<PullRequest> OpenAsync(GrantedRepository repository, string branch, string into, string title, string body, CancellationToken cancellation) =>
        Of(await SendAsync(repository, HttpMethod.Post, "pulls", new JsonObject { ["title"] = title, ["head"] = branch, ["base"] = into, ["body"] = body }, cancellation));

    /// <summary>Whether a branch is protected.</summary>
    public async Task<bool> IsProtectedAsync(GrantedRepository repository, string branch, CancellationToken cancellation) =>
        (await SendAsync(repository, HttpMethod.Get, $"branches/{Uri.EscapeDataString(branch)}", null, cancellation))?["protected"]?.GetValue<bool>() == true;

    private static PullRequest Of(JsonNode? json) => json is JsonObject found && found["number"] is { } number
        ? new PullRequest(number.GetValue<long>(), found["html_url"]?.ToString() ?? "", found["state"]?.ToString() == "open", found["merged"]?.GetValue<bool>() == true)
        : throw new GitException(GitFault.Unavailable, "the answer is not GitHub's");

    private async Task<JsonNode?> SendAsync(GrantedRepository repository, HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = await RequestAsync(repository, method, path, body, cancellation);
        try
        {
            using var answer = await http.SendAsync(request, both.Token);
            var text = await answer.Content.ReadAsStringAsync(both.Token);
            return answer.IsSuccessStatusCode
                ? JsonNode.Parse(text)
                : throw new GitException(GitFault.Unavailable, $"{new Uri(repository.Api!).Host} answers {(int)answer.StatusCode} to {method} {path.Split('?')[0]}: {Said(answer.StatusCode, text)}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new GitException(GitFault.Unavailable, $"{new Uri(repository.Api!).Host} did not answer within {Longest.TotalSeconds:0} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException)
        {
            throw new GitException(GitFault.Unavailable, $"{new Uri(repository.Api!).Host} cannot be asked: {Texts.Clip(fault.Message, 120)}");
        }
    }

    private static async Task<HttpRequestMessage> RequestAsync(GrantedRepository repository, HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, $"{repository.Api!.TrimEnd('/')}/{path}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.github+json"));
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("AlertRollback", "1.0"));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (repository.TokenFile is null)
            return request;
        var token = await SecretText.ReadAsync(repository.TokenFile, cancellation)
            ?? throw new GitException(GitFault.NotThere, "the file with the repository's token cannot be read");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static string Said(HttpStatusCode status, string text)
    {
        try
        {
            return Texts.Clip(JsonNode.Parse(text)?["message"]?.ToString() ?? status.ToString(), 160);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return status.ToString();
        }
    }
}
