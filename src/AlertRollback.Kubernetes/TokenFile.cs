using System.Net.Http.Headers;

namespace AlertRollback.Kubernetes;

/// <summary>
/// A bearer token kept in a file that somebody else rotates. Read for each request: the package's own provider keeps a
/// token for a minute, and it does not know a kubeconfig's <c>tokenFile</c> at all.
/// </summary>
internal sealed class TokenFile(string path)
{
    public async Task AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var token = (await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false)).Trim();
        // A file that is being rewritten in place is empty for a moment; an anonymous request would be an answer to another question.
        request.Headers.Authorization = token.Length > 0 ? new AuthenticationHeaderValue("Bearer", token) : throw new InvalidDataException("the token file is empty");
    }
}
