using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks;

public sealed class ImageReferenceTests
{
    [Theory]
    // runs or ran | asked for
    [InlineData("shop/api:v1", "shop/api:v1", ImageMatch.Yes)]
    [InlineData("shop/api:v1", "shop/api:v2", ImageMatch.No)]
    [InlineData("shop/api:v1", "shop/web:v1", ImageMatch.No)]
    [InlineData("shop/api:v1", "docker.io/shop/api:v1", ImageMatch.Yes)]
    [InlineData("redis:7", "docker.io/library/redis:7", ImageMatch.Yes)]
    [InlineData("r:5000/shop/api:v1", "shop/api:v1", ImageMatch.No)]
    [InlineData("r:5000/api", "r:5000/api:latest", ImageMatch.Unclear)]
    [InlineData("shop/api@sha256:11", "shop/api@sha256:11", ImageMatch.Yes)]
    [InlineData("shop/api:v1@sha256:11", "shop/api:v1@sha256:22", ImageMatch.No)]
    [InlineData("shop/api:v1@sha256:11", "shop/api:v1", ImageMatch.Yes)]
    [InlineData("shop/api@sha256:11", "shop/api:v1", ImageMatch.Unclear)]
    [InlineData("shop/api@sha256:11", "sha256:11", ImageMatch.Yes)]
    [InlineData("shop/api:v1", "sha256:11", ImageMatch.No)]
    public void Two_references_are_compared_by_repository_tag_and_digest(string have, string asked, ImageMatch match) =>
        ImageReference.Parse(have)!.Is(ImageReference.Parse(asked)!).ShouldBe(match);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("shop api")]
    [InlineData(":v1")]
    [InlineData("api@")]
    public void What_is_no_reference_is_none(string? text) => ImageReference.Parse(text).ShouldBeNull();
}
