namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>What an image's tag makes its container do.</summary>
internal enum ImageBehaviour { Runs, CannotBePulled, Crashes }

internal static class ImageTag
{
    public static string Of(string image)
    {
        var last = image.Split('@')[0].Split('/')[^1];
        var colon = last.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "latest" : last[(colon + 1)..];
    }

    /// <summary>As a Job's container it ends with exit code 1; other containers run normally.</summary>
    public static bool Fails(string image) => Of(image).Contains("fail", StringComparison.Ordinal);

    public static ImageBehaviour Behaviour(string image)
    {
        var tag = Of(image);
        if (tag.Contains("bad", StringComparison.Ordinal)) return ImageBehaviour.CannotBePulled;
        return tag.Contains("broken", StringComparison.Ordinal) ? ImageBehaviour.Crashes : ImageBehaviour.Runs;
    }
}
