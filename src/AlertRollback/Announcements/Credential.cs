using System.Net.Http.Headers;

namespace AlertRollback.Announcements;

/// <summary>A token read anew for every call, so that a rotated file is used at once; never part of an answer.</summary>
internal sealed class Credential(string scheme, Func<string> supply)
{
    /// <summary>The header, or null when there is no usable token: empty, or with characters no header can carry.</summary>
    public AuthenticationHeaderValue? Header()
    {
        var token = supply().Trim();
        return token.Length == 0 || token.Any(c => c is <= ' ' or > '~') ? null : new AuthenticationHeaderValue(scheme, token);
    }
}
