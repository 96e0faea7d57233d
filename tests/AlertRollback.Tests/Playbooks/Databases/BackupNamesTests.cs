using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Tests.Playbooks.Databases;

public sealed class BackupNamesTests
{
    private static readonly string[] Files =
    [
        "rental_20260120_103000.sql.gz", "rental_20260121_103000.sql.gz", "rental_20260121T103000Z-0a1b2c3d.sql.gz", "rental_20260122T090000Z-0a1b2c3d.sql.gz",
        "other_20260123_103000.sql.gz", "rental_20260124_103000.sql.gz.part", "rental_.sql.gz", "notes.txt",
    ];

    [Theory]
    [InlineData("latest", "rental_20260121_103000|rental_20260120_103000")]
    [InlineData("rental_20260120_103000.sql.gz", "rental_20260120_103000")]
    [InlineData("rental_20260120_103000", "rental_20260120_103000")]
    [InlineData("2026-01-20 10:30:00", "rental_20260120_103000")]
    [InlineData("20260122T090000Z", "rental_20260122T090000Z-0a1b2c3d")]
    [InlineData("2026-01-21 10:30:00", "rental_20260121T103000Z-0a1b2c3d|rental_20260121_103000")]
    [InlineData("20260123_103000", "")]
    [InlineData("20260124_103000", "")]
    [InlineData("../../etc/passwd", "")]
    [InlineData("2026", "")]
    public void A_backup_is_meant_by_its_name_or_its_time_however_that_is_written(string wanted, string meant) =>
        string.Join('|', BackupNames.Meant(new BackupNames("rental_${time}.sql.gz").Among(Files), wanted).Select(b => b.Name)).ShouldBe(meant);

    [Fact]
    public void Files_of_one_backup_belong_together()
    {
        var names = new BackupNames("${time}.archive.gz");
        var started = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        var files = new[] { names.New(started, "0a1b2c3d", "reporttemplates"), names.New(started, "0a1b2c3d", "reportschedules"), names.New(started, "0a1b2c3e", null) };

        files[0].ShouldBe("20261123T120000Z-0a1b2c3d+reporttemplates.archive.gz");
        names.Among(files).Select(b => (b.Name, b.Time, b.Ours, b.Files.Count)).ShouldBe([("20261123T120000Z-0a1b2c3d", "20261123120000", true, 2), ("20261123T120000Z-0a1b2c3e", "20261123120000", true, 1)]);
    }
}
