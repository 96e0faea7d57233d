using System.Net;

namespace AlertRollback.Operators;

internal static class ListenAddress
{
    /// <summary>Whether only this machine can reach all of the addresses; null when one is none.</summary>
    public static bool? IsLoopback(string listen)
    {
        var all = true;
        foreach (var address in listen.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Host(address) is not { } host) return null;
            all &= host == "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
        }

        return listen.Trim(' ', ';').Length == 0 ? null : all;
    }

    private static string? Host(string address)
    {
        try
        {
            return BindingAddress.Parse(address) is { Host.Length: > 0, Port: > 0 or 0 } binding ? binding.Host.Trim('[', ']') : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
