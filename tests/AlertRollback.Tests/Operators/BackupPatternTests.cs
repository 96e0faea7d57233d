using AlertRollback.Operators;

namespace AlertRollback.Tests.Operators;

public sealed class BackupPatternTests
{
    [Theory]
    [InlineData("${time}.dump", DatabaseKind.Postgresql, null)]
    [InlineData("a_${time}_b.sql.gz", DatabaseKind.Postgresql, null)]
    [InlineData("${time}.dump", DatabaseKind.Mongodb, "must end in .archive.gz")]
    [InlineData("a/${time}.dump", DatabaseKind.Postgresql, "must be a plain file name with ${time} in it once")]
    [InlineData("-${time}.dump", DatabaseKind.Postgresql, "must be a plain file name with ${time} in it once")]
    [InlineData("${time}${time}.dump", DatabaseKind.Postgresql, "must be a plain file name with ${time} in it once")]
    public void A_pattern_is_a_plain_file_name(string pattern, DatabaseKind kind, string? fault) => BackupPattern.FaultOf(pattern, kind).ShouldBe(fault);
}
