using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class ZerosTests
{
    [Theory]
    [InlineData("0", true)]
    [InlineData("0 rows", true)]
    [InlineData("0.00 %", true)]
    [InlineData("0, 0, 0", true)]
    [InlineData("0\n0", true)]
    [InlineData("0E+0", true)]
    [InlineData("0, 3, 0", false)]
    [InlineData("-1", false)]
    [InlineData("0.01 %", false)]
    [InlineData("1,000", false)]
    [InlineData("none", false)]
    [InlineData("", false)]
    [InlineData("0, 0, …", false)]
    public void Only_zeros_and_at_least_one_are_zero(string measured, bool zero) => Zeros.Only(measured).ShouldBe(zero);
}
