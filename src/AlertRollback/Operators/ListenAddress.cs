using System.Net;
using System.Net.Sockets;

namespace AlertRollback.Operators;

/// <summary>The addresses that <c>listen</c> names, separated by semicolons.</summary>
internal static class ListenAddress
{
    private const string Remedy = "write it like http://127.0.0.1:8080";

    private const int LastPort = 65535;

    /// <summary>What the server could not listen on, and what to write instead; null: it can listen on all of them.</summary>
    public static (string Message, string Remedy)? FaultOf(string listen) =>
        Each(listen) is [] ? NoAddress(listen) : Each(listen).Select(FaultOfOne).FirstOrDefault(f => f is not null);

    /// <summary>Whether only this machine can reach all of the addresses. Ask only where there is no fault.</summary>
    public static bool IsLoopback(string listen) =>
        Each(listen).Select(a => HostOf(BindingAddress.Parse(a))).All(h => h == "localhost" || (IPAddress.TryParse(h, out var ip) && IPAddress.IsLoopback(ip)));

    /// <summary>
    /// What keeps this process from listening on one of them now; null: nothing. The server itself finds out only when the parts
    /// that act have been started. Ask only where there is no fault.
    /// </summary>
    public static string? ObstacleOf(string listen) =>
        Each(listen).Where(a => BindingAddress.Parse(a) is { IsUnixPipe: false, Port: > 0 }).Select(ObstacleOfOne).FirstOrDefault(o => o is not null);

    private static string? ObstacleOfOne(string address)
    {
        var binding = BindingAddress.Parse(address);
        var ip = IPAddress.TryParse(HostOf(binding), out var given) ? given : HostOf(binding) == "localhost" ? IPAddress.Loopback : IPAddress.Any;
        try
        {
            using var listener = new TcpListener(ip, binding.Port);
            listener.Start();
            return null;
        }
        catch (SocketException fault)
        {
            return $"cannot listen on {address}: {fault.Message}";
        }
    }

    private static string[] Each(string listen) => listen.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static (string Message, string Remedy)? FaultOfOne(string address)
    {
        if (Parsed(address) is not { } binding || HostOf(binding) is not { Length: > 0 } host) return NoAddress(address);
        if (!binding.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase))
            return ($"\"listen\" must be an http address, not {Shown.Quoted(address)}", binding.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? "TLS ends before it, e.g. at an Ingress" : Remedy);
        if (binding.IsUnixPipe) return null;
        var isIp = IPAddress.TryParse(host, out _);
        // A port that is no number is taken for a part of the host's name.
        if (!isIp && host.Contains(':', StringComparison.Ordinal)) return NoAddress(address);
        // A port of 0 is any free one; the server chooses it only for an address of numbers.
        if (binding.Port > LastPort || binding.Port < (isIp ? 0 : 1))
            return ($"\"listen\" must have a port between 1 and {LastPort}, not {Shown.Quoted(address)}", Remedy);
        return binding.PathBase.Length > 0 ? ($"\"listen\" must end with the port, not {Shown.Quoted(address)}", Remedy) : null;
    }

    private static (string Message, string Remedy)? NoAddress(string written) => ($"\"listen\" must be an address, not {Shown.Quoted(written)}", Remedy);

    private static string HostOf(BindingAddress binding) => binding.Host.Trim('[', ']');

    private static BindingAddress? Parsed(string address)
    {
        try
        {
            return BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
