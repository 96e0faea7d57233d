namespace AlertRollback.EndToEnd.Support;

/// <summary>Programs of a test's own, written as shell scripts.</summary>
internal static class Executable
{
    /// <param name="path">Where it is put; its folder has to be there.</param>
    /// <param name="body">What stands after the first line.</param>
    public static async Task WriteAsync(string path, string body)
    {
        // Copied by another process: a file that this one had open for writing may be refused as "busy" when run.
        await Tool.RunAsync("install", ["-m", "755", "/dev/stdin", path], $"#!/bin/sh\n{body}\n");
    }
}
