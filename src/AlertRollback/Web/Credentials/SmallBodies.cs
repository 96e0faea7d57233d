using Microsoft.AspNetCore.Http.Metadata;

namespace AlertRollback.Web.Credentials;

/// <summary>What people send by hand is never large, bytes.</summary>
internal sealed class SmallBodies : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => 64 * 1024;
}
