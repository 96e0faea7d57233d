using AlertRollback.Alerts;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class DecisionMatrixTests
{
    private readonly DecisionMatrix _matrix = Matrices.Sound(Matrices.Rental);

    [Fact]
    public void A_critical_alert_runs_the_playbook_of_the_first_row_that_matches()
    {
        var act = _matrix.Decide(LabelSet.Of(("service", "rental-api"), ("severity", "critical"))).ShouldBeOfType<Decision.Act>();

        act.Playbook.Name.ShouldBe("undo");
        act.Service.Name.ShouldBe("rental-api");
        act.Severity.StartWithin.ShouldBe(TimeSpan.FromMinutes(5));
        act.Row.Rank.ShouldBe(0);
        act.Text.ShouldBe("row \"critical band\" of team rental matches severity=\"critical\": playbook undo for rental-api");
    }

    [Theory]
    [InlineData("severity=critical", Reason.NoServiceLabel, "the alert has no label \"service\"")]
    [InlineData("service=other,severity=critical", Reason.UnknownService, "no team declares the service \"other\"")]
    [InlineData("service=rental-api", Reason.NoRowMatched, "no row of team rental matches; the alert has no label \"severity\"")]
    [InlineData("service=rental-api,severity=", Reason.NoRowMatched, "no row of team rental matches; the alert has no label \"severity\"")]
    [InlineData("service=rental-api,severity=Critical", Reason.NoRowMatched, "no row of team rental matches; severity \"Critical\" fits none")]
    [InlineData("service=rental-api,severity=low", Reason.LogOnly, "row \"low band\" of team rental matches severity=\"low\": only logged")]
    public void Nothing_is_done_with_a_reason(string labels, Reason reason, string text)
    {
        var nothing = _matrix.Decide(Labels(labels)).ShouldBeOfType<Decision.DoNothing>();

        nothing.Reason.ShouldBe(reason);
        nothing.Text.ShouldBe(text);
    }

    // labels of the alert; the second row also wants decide="people", as the shipped matrices have it
    [Theory]
    [InlineData("service=rental-api,severity=sevX", "; severity \"sevX\" fits none")]
    [InlineData("service=rental-api", "; the alert has no label \"severity\", \"decide\"")]
    [InlineData("service=rental-api,decide=nobody", "; the alert has no label \"severity\"")]
    [InlineData("service=rental-api,severity=low,decide=nobody", "; decide \"nobody\" fits none")]
    [InlineData("service=rental-api,severity=low", "")]
    public void What_keeps_an_alert_from_every_row_is_named_and_not_what_one_row_alone_asks_for(string labels, string why)
    {
        var matrix = Matrices.Sound(Matrices.Replaced("'severity=\"low\"'", "'severity=~\"low|critical\"', 'decide=\"people\"'"));

        matrix.Decide(Labels(labels)).ShouldBeOfType<Decision.DoNothing>().Text.ShouldBe($"no row of team rental matches{why}");
    }

    [Fact]
    public void What_fits_one_of_two_matchers_for_a_label_fits_none()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("'severity=\"low\"'", "'severity=~\"low|minor\"', 'severity!=\"minor\"'"));
        matrix.Decide(Labels("service=rental-api,severity=minor")).ShouldBeOfType<Decision.DoNothing>().Text.ShouldBe("no row of team rental matches; severity \"minor\" fits none");
    }

    [Fact]
    public void S15_what_one_team_has_in_shadow_or_calls_by_the_same_name_is_not_the_other_teams()
    {
        var playbook = new PlaybookDefinition("undo", GuardSettings.Default, [], [], [], [], TimeSpan.Zero);
        TeamMatrix Team(string name, bool shadow, TimeSpan watch)
        {
            var service = new ServiceDefinition(name, $"{name}-api", null, null, null, null);
            var team = new TeamDefinition(name, "matrix.yml", new TeamNotes(null, null, null, null), [service], [], [], [playbook with { Stabilise = watch }]);
            return new TeamMatrix(team with { Shadow = shadow }, []);
        }

        var matrix = new DecisionMatrix([Team("admission", true, TimeSpan.FromMinutes(1)), Team("rental", false, TimeSpan.FromMinutes(2))]);
        (matrix.OnlyPlans("admission"), matrix.OnlyPlans("rental"), matrix.OnlyPlans("other")).ShouldBe((true, false, false));
        matrix.Playbook(matrix.Service("rental-api")!, "undo")!.Stabilise.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void A_playbook_that_a_person_starts_has_the_services_own_checks()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("    slack: \"#rental-ops\"", "    slack: \"#rental-ops\"\n    checks:\n      healthy:\n        all: [http: /own]"));
        var (service, labels) = (matrix.Service("rental-api")!, Labels("service=rental-api,severity=critical"));
        var byHand = matrix.Playbook(service, "undo")!.Verify.ShouldHaveSingleItem().All.ShouldHaveSingleItem().Parameters.ToJsonString();
        byHand.ShouldContain("/own");
        matrix.Decide(labels).ShouldBeOfType<Decision.Act>().Playbook.Verify[0].All[0].Parameters.ToJsonString().ShouldBe(byHand);
    }

    private const string NoData = "service=rental-api,severity=critical,alertname=DatasourceNoData,rulename=HighErrors,datasource_uid=p1";

    [Theory]
    [InlineData(NoData)]
    [InlineData("service=rental-api,severity=critical,alertname=DatasourceError,rulename=HighErrors")]
    public void S16_that_a_sender_could_not_measure_undoes_nothing(string labels)
    {
        var nothing = _matrix.Decide(Labels(labels)).ShouldBeOfType<Decision.DoNothing>();

        (nothing.Reason, nothing.Team, nothing.Row?.Name).ShouldBe((Reason.NotMeasured, "rental", "critical band"));
        nothing.Text.ShouldMatch("^row \"critical band\" of team rental matches severity=\"critical\", but Datasource(NoData|Error) only says that \"HighErrors\" could not be measured: it starts no playbook unless ");
    }

    [Theory]
    [InlineData("'alertname=\"DatasourceNoData\"'", true)]
    [InlineData("'alertname=~\"Datasource.*\"'", true)]
    [InlineData("'rulename=\"HighErrors\"'", true)]
    [InlineData("'rulename!=\"\"'", true)]
    [InlineData("'alertname=~\".+\"'", false)]
    [InlineData("'alertname!=\"HighErrors\"'", false)]
    [InlineData("'alertname!~\"High.*\"'", false)]
    [InlineData("'rulename!=\"Other\"'", false)]
    [InlineData("'rulename=~\".*\"'", false)]
    public void S16_what_could_not_be_measured_starts_a_playbook_by_a_row_that_was_written_for_it(string matcher, bool started)
    {
        var matrix = Matrices.Sound(Matrices.Replaced("matchers: ['severity=\"critical\"']", $"matchers: ['severity=\"critical\"', {matcher}]"));

        (matrix.Decide(Labels(NoData)) is Decision.Act).ShouldBe(started);
    }

    [Theory]
    [InlineData("    task: Look at it", typeof(Decision.GiveTask))]
    [InlineData("    log: true", typeof(Decision.DoNothing))]
    public void S16_people_hear_of_what_could_not_be_measured_as_their_rows_say(string ending, Type expected)
    {
        var decision = Matrices.Sound(Matrices.Replaced("    playbook: undo", ending)).Decide(Labels(NoData));

        decision.ShouldBeOfType(expected);
        ((decision as Decision.DoNothing)?.Reason ?? Reason.LogOnly).ShouldBe(Reason.LogOnly);
    }

    [Theory]
    [InlineData("service=rental-api,severity=critical,alertname=DatasourceError")]
    [InlineData("service=rental-api,severity=critical,alertname=HighErrors,rulename=HighErrors")]
    public void An_alert_that_is_only_called_alike_is_decided_like_any_other(string labels) => _matrix.Decide(Labels(labels)).ShouldBeOfType<Decision.Act>();

    [Fact]
    public void Label_values_of_strangers_are_shown_short_and_harmless()
    {
        var decision = _matrix.Decide(LabelSet.Of(("service", "a\n\u001b[31m\u202e" + new string('x', 500))));

        decision.Text.ShouldBe("no team declares the service \"a��[31m�" + new string('x', 56) + "…\"");
    }

    [Theory]
    [InlineData("low: {}", "a task for devops")]
    [InlineData("low: {start_within: 30m}", "a task for devops, to be begun within 30m")]
    public void The_time_of_its_severity_is_a_tasks_too(string severity, string said)
    {
        var matrix = Matrices.Sound(Matrices.Replaced("    log: true", "    task: {role: devops, text: Look at it}").Replace("low: {}", severity, StringComparison.Ordinal));

        matrix.Decide(Labels("service=rental-api,severity=low")).Text.ShouldEndWith($": {said}");
    }

    [Fact]
    public void A_task_is_given_to_its_role()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("    log: true", "    task: {role: devops, text: Look at it}"));

        var task = matrix.Decide(Labels("service=rental-api,severity=low")).ShouldBeOfType<Decision.GiveTask>();

        (task.Row.Subject, task.Row.TaskRole, task.Severity.Name).ShouldBe(("Look at it", "devops", "low"));
    }

    [Fact]
    public void A_row_may_name_the_severity_itself()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("matchers: ['severity=\"critical\"']", "severity: critical\n    matchers: ['alertname=\"Down\"']"));

        matrix.Decide(Labels("service=rental-api,severity=low,alertname=Down")).ShouldBeOfType<Decision.Act>().Severity.Name.ShouldBe("critical");
    }

    [Theory]
    [InlineData("team: rental", "team: rental\nshadow: true", true)]
    [InlineData("    playbook: undo", "    playbook: undo\n    shadow: true", true)]
    [InlineData("    log: true", "    log: true\n    shadow: true", false)]
    public void Shadow_is_said_for_the_matrix_or_for_a_row(string part, string by, bool shadow)
    {
        var matrix = Matrices.Sound(Matrices.Replaced(part, by));

        matrix.Decide(Labels("service=rental-api,severity=critical")).ShouldBeOfType<Decision.Act>().Row.ShouldSatisfyAllConditions(
            r => r.Shadow.ShouldBe(shadow),
            r => r.ShadowAlone.ShouldBe(shadow && part != "team: rental"));
        matrix.Teams.ShouldHaveSingleItem().Shadow.ShouldBe(part == "team: rental", "a row says it for itself alone");
    }

    [Fact]
    public void A_teams_rows_see_only_alerts_for_its_own_services()
    {
        var greedy = """
            team: admission
            services: {user-service: {}}
            rows: [{name: everything, matchers: [], log: true}]
            """;
        var matrix = Matrices.Load(null, ("a.matrix.yml", greedy), ("b.matrix.yml", Matrices.Rental)).Matrix.ShouldNotBeNull();

        matrix.Decide(Labels("service=rental-api,severity=critical")).ShouldBeOfType<Decision.Act>().Service.Team.ShouldBe("rental");
        matrix.Decide(Labels("service=user-service,severity=critical")).ShouldBeOfType<Decision.DoNothing>().Team.ShouldBe("admission");
    }

    [Fact]
    public void Explaining_says_of_every_row_why()
    {
        var explanation = _matrix.Explain(Labels("service=rental-api,severity=low"));

        explanation.Rows.Select(r => (r.Decides, r.Why)).ShouldBe([
            (false, "severity=\"critical\" does not match: it is \"low\""),
            (true, "decides: matches severity=\"low\""),
        ]);
        explanation.Decision.ShouldBeOfType<Decision.DoNothing>().Reason.ShouldBe(Reason.LogOnly);
    }

    [Fact]
    public void Explaining_names_a_label_that_is_missing_and_a_row_that_comes_too_late()
    {
        var matrix = Matrices.Sound(Matrices.Replaced("matchers: ['severity=\"low\"']", "matchers: []"));

        matrix.Explain(Labels("service=rental-api")).Rows[0].Why.ShouldBe("severity=\"critical\" does not match: the alert has no label \"severity\"");
        matrix.Explain(Labels("service=rental-api,severity=critical")).Rows[1].Why.ShouldBe("matches too, but an earlier row decides");
    }

    internal static LabelSet Labels(string text) =>
        LabelSet.Of(text.Split(',').Select(l => l.Split('=')).Select(l => KeyValuePair.Create(l[0], l[1])));
}
