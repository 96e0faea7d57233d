using System.Net.Http.Headers;
using k8s.Authentication;

namespace AlertRollback.Kubernetes;

/// <summary>
/// A bearer token kept in a file that somebody else rotates. Read for each request: the package's own provider keeps a
/// token for a minute, and it does not know a kubeconfig's <c>tokenFile</c> at all.
/// </summary>
internal sealed class TokenFile(string path) : ITokenProvider
{
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        var token = (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).Trim();
        // A file that is being rewritten in place is empty for a moment; an anonymous request would be an answer to another question.
        return token.Length > 0 ? new AuthenticationHeaderValue("Bearer", token) : throw new InvalidDataException("the token file is empty");
    }
}
