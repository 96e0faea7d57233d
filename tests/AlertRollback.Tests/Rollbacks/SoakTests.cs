using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks;

public sealed class SoakTests
{
    private readonly Soak _soak = new(TimeSpan.FromMinutes(30));

    [Theory]
    [InlineData(29, false)]
    [InlineData(30, true)]
    public void S3_healthy_for_the_whole_period_is_known_good(int minutes, bool good)
    {
        Look("v1", true, 0).ShouldBeFalse();
        Look("v1", true, minutes).ShouldBe(good);
    }

    [Fact]
    public void Anything_unhealthy_begins_it_anew()
    {
        Look("v1", true, 0);
        Look("v1", false, 20).ShouldBeFalse();
        Left(20).ShouldBeNull("nothing is healthy");
        Look("v1", true, 21);
        Look("v1", true, 50).ShouldBeFalse();
        Look("v1", true, 51).ShouldBeTrue();
    }

    [Fact]
    public void Another_template_begins_it_anew()
    {
        Look("v1", true, 0);
        Look("v2", true, 20);
        Look("v2", true, 49).ShouldBeFalse();
        Left(49).ShouldBe(TimeSpan.FromMinutes(1));
        Look("v2", true, 50).ShouldBeTrue();
    }

    [Fact]
    public void What_lasts_while_nobody_is_there_to_look_is_not_seen_to_be_well()
    {
        var here = Guards.Runs.At(0);
        var soak = new Soak(TimeSpan.FromMinutes(30), () => here);
        soak.Look("v1", true, Guards.Runs.At(1));
        here = Guards.Runs.At(120);
        soak.Look("v1", true, Guards.Runs.At(120)).ShouldBeFalse();
        soak.Look("v1", true, Guards.Runs.At(149)).ShouldBeFalse();
        soak.Look("v1", true, Guards.Runs.At(150)).ShouldBeTrue();
    }

    private bool Look(string digest, bool healthy, double minutes) => _soak.Look(digest, healthy, Guards.Runs.At(minutes));

    private TimeSpan? Left(double minutes) => _soak.Left(Guards.Runs.At(minutes));
}
