using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Tests.Playbooks.Databases;

public sealed class SqlTextTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT 1")]
    [InlineData(" SELECT 1 ; ", "SELECT 1 ")]
    [InlineData("-- a; b\nSELECT 1", "SELECT 1")]
    [InlineData("/* a; /* b; */ c; */ SELECT 1; -- the end;", "SELECT 1")]
    [InlineData("SELECT ';'", "SELECT ';'")]
    [InlineData("SELECT 'it''s; so'", "SELECT 'it''s; so'")]
    [InlineData("SELECT 'a\\'; SELECT 2", "SELECT 'a\\'|SELECT 2")]
    [InlineData("SELECT E'a\\'; b'", "SELECT E'a\\'; b'")]
    [InlineData("SELECT \";\"\";\"", "SELECT \";\"\";\"")]
    [InlineData("DO $$ BEGIN; END $$", "DO $$ BEGIN; END $$")]
    [InlineData("DO $x$ ; $$ ; $x$; SELECT $1", "DO $x$ ; $$ ; $x$|SELECT $1")]
    [InlineData("SELECT a$b$ FROM c; SELECT 2", "SELECT a$b$ FROM c|SELECT 2")]
    [InlineData("SELECT 1;;SELECT 2", "SELECT 1|SELECT 2")]
    [InlineData("", "")]
    public void Statements_are_told_apart(string text, string statements)
    {
        var sql = new SqlText(text);

        sql.Fault.ShouldBeNull();
        string.Join('|', sql.Statements.Select(sql.Of)).ShouldBe(statements);
    }

    [Theory]
    [InlineData("SELECT 'a")]
    [InlineData("SELECT \"a")]
    [InlineData("SELECT $$a")]
    [InlineData("/* a /* b */")]
    [InlineData("\\! rm -rf /")]
    [InlineData("SELECT 1 \\gexec")]
    public void What_cannot_be_understood_is_a_fault(string text) => new SqlText(text).Fault.ShouldNotBeNull();

    [Theory]
    [InlineData("SELECT 1", null)]
    [InlineData("with a as (select 1) select * from a;", null)]
    [InlineData("(SELECT 1) UNION (SELECT 2)", null)]
    [InlineData("SELECT 1; SELECT 2", "there are several statements: only one may be asked")]
    [InlineData("SELECT 1; COMMIT; DROP TABLE rentals", "there are several statements: only one may be asked")]
    [InlineData("-- nothing", "there is no SQL")]
    [InlineData("DELETE FROM rentals", "only SELECT, WITH, VALUES, TABLE, SHOW may be asked")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'rm -rf /'", "only SELECT, WITH, VALUES, TABLE, SHOW may be asked")]
    [InlineData("COMMIT", "only SELECT, WITH, VALUES, TABLE, SHOW may be asked")]
    [InlineData("SELECT count(*) FROM a WHERE v = '${version}'", null)]
    [InlineData("SELECT count(*) FROM a WHERE v = ${version}", "a placeholder may only stand in a string: '${version}'")]
    [InlineData("SELECT count(*) FROM a WHERE v = E'${version}'", "a placeholder may only stand in a string: '${version}'")]
    [InlineData("SELECT count(*) FROM \"${version}\"", "a placeholder may only stand in a string: '${version}'")]
    [InlineData("SELECT 1 -- ${version}", "a placeholder may only stand in a string: '${version}'")]
    [InlineData("SELECT $$${version}$$", "a placeholder may only stand in a string: '${version}'")]
    public void A_query_is_one_statement_that_only_looks(string text, string? fault) => SqlQuery.Fault(text).ShouldBe(fault);

    [Fact]
    public void A_value_never_leaves_the_string_it_stands_in() =>
        SqlQuery.Fill("SELECT '${version}'", (text, escape) => text.Replace("${version}", escape("x'; DROP TABLE a; --\\"), StringComparison.Ordinal))
            .ShouldBe("SELECT 'x''; DROP TABLE a; --\\'");

    [Theory]
    [InlineData("DROP TABLE a; DROP TABLE b;", "DROP TABLE a;\nDROP TABLE b", null)]
    [InlineData("BEGIN; DROP TABLE a; COMMIT;", "DROP TABLE a", null)]
    [InlineData("START TRANSACTION; DROP TABLE a; END", "DROP TABLE a", null)]
    [InlineData("DROP TABLE a; COMMIT; DROP TABLE b", "", "COMMIT in the middle of the script: all of it is one transaction")]
    [InlineData("BEGIN; DROP TABLE a; COMMIT; BEGIN; DROP TABLE b; COMMIT", "", "COMMIT in the middle of the script: all of it is one transaction")]
    [InlineData("DROP TABLE a; rollback", "", "ROLLBACK in the middle of the script: all of it is one transaction")]
    [InlineData("PREPARE x AS SELECT 1; EXECUTE x", "PREPARE x AS SELECT 1;\nEXECUTE x", null)]
    [InlineData("DROP TABLE a; PREPARE TRANSACTION 'x'", "", "PREPARE in the middle of the script: all of it is one transaction")]
    [InlineData("DO $$ BEGIN NULL; END $$", "DO $$ BEGIN NULL; END $$", null)]
    [InlineData(" -- nothing", "", "there is no SQL")]
    public void A_script_is_one_transaction(string text, string body, string? fault) => SqlScript.Of(text).ShouldBe((body, fault));
}
