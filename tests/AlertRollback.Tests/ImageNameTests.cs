namespace AlertRollback.Tests;

public sealed class ImageNameTests
{
    [Theory]
    [InlineData("rental-api", true, true)]
    [InlineData("rental-api:latest", true, true)]
    [InlineData("pharma-care-backend:previous-stable", true, true)]
    [InlineData("rental-api:v1.4.2", true, false)]
    [InlineData("registry.example.com:5000/shop/api:2024-01-31", true, false)]
    [InlineData("registry:5000/shop/api", true, true)]
    [InlineData("shop/api@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true, false)]
    [InlineData("PharmacyCopilot/api:v1", false, false)]
    [InlineData("shop/api:v1 --force", false, false)]
    [InlineData("", false, true)]
    public void Names_of_images_are_told_apart(string reference, bool valid, bool moving)
    {
        ImageName.IsValid(reference).ShouldBe(valid);
        if (valid)
            ImageName.IsMoving(reference).ShouldBe(moving);
    }
}
