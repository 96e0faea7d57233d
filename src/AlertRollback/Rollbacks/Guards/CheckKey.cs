using System.Security.Cryptography;
using System.Text;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>One use of a check, recognised again later: the same check with the same parameters for the same service.</summary>
internal static class CheckKey
{
    public static string Of(ServiceDefinition service, CheckDefinition check)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{service.Name}\n{check.Check}\n{check.Parameters.ToJsonString()}"));
        return $"{check.Check} {Convert.ToHexStringLower(hash)[..16]}";
    }
}
