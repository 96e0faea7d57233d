using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Kubernetes;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("250m", 0.25)]
    [InlineData("64Mi", 67_108_864)]
    [InlineData("1.5G", 1.5e9)]
    [InlineData("12345n", 1.2345e-5)]
    [InlineData("2", 2)]
    [InlineData("1e3", 1000)]
    [InlineData("1E3", 1000)]
    [InlineData("1E", 1e18)]
    public void Amounts_are_read_as_Kubernetes_writes_them(string text, double amount)
    {
        Quantity.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(amount, amount * 1e-9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("much")]
    [InlineData("1Xi")]
    public void Anything_else_is_no_amount(string text) => Quantity.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void People_read_them_with_their_unit() => (Quantity.Bytes(512 * 1024 * 1024), Quantity.Cores(0.25)).ShouldBe(("512 MiB", "0.25 cores"));
}
