using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads what is not carried out yet, for its form only: e-mail, timed updates and drills. A file may say it already.</summary>
internal static class LaterReader
{
    public static readonly FileKeys EmailKeys = new("email: of a service", "Only its form is checked so far: nothing is sent yet.", [
        new("to", KeyForm.Texts, "Who gets mail, by the operator's names.", Example: "[engineering, ops]", Required: true),
        new("if_critical", KeyForm.Texts, "Who gets it too when it is critical.", Example: "[executives]"),
    ]);

    public static readonly FileKeys UpdateKeys = new("updates: of the file", "Only its form is checked so far: updates come with every event, not by the clock.", [
        new("at", KeyForm.List, "Times after the alert.", Example: "[0m, 5m, 15m]"),
        new("then_every", KeyForm.Duration, "And then this often.", Example: "5m"),
    ]);

    public static readonly FileKeys DrillKeys = new("drills: an item", "Only its form is checked so far: no drill is started yet.", [
        new("name", KeyForm.Text, "What people call it.", Example: "monthly", Required: true),
        new("schedule", KeyForm.Text, "When: five fields as cron has them.", Example: "0 10 1 * *", Required: true),
        new("service", KeyForm.Text, "A service of this file.", Example: "rental-api", Required: true),
        new("namespace", KeyForm.Text, "Where, instead of production.", Example: "staging"),
        new("release", KeyForm.Text, "The image that is known to be bad.", Example: "\"rental-api:known-bad\""),
        new("shadow", KeyForm.YesNo, "Only plan.", Default: "false", Example: "true"),
        new("expect", KeyForm.Text, "The playbook that should run.", Example: "undo", Required: true),
        new("within", KeyForm.Duration, "How soon.", Example: "5m"),
        new("otherwise", KeyForm.Text, "The playbook that cleans up when it did not.", Example: "undo"),
    ]);

    /// <returns>Where it stands; null when it does not.</returns>
    public static Placed? ReadEmail(MapReader service)
    {
        if (service.Map("email", EmailKeys) is not { } map) return null;
        map.Required("to", "say who gets mail");
        map.Texts("to");
        map.Texts("if_critical");
        map.Done();
        return Key(service, "email");
    }

    /// <inheritdoc cref="ReadEmail"/>
    public static Placed? ReadUpdates(MapReader matrix)
    {
        if (matrix.Map("updates", UpdateKeys) is not { } map) return null;
        foreach (var time in map.List("at")) Scalars.Duration(time, map.Name("at"), map.Faults);
        map.Duration("then_every");
        map.Done();
        return Key(matrix, "updates");
    }

    /// <inheritdoc cref="ReadEmail"/>
    public static Placed? ReadDrills(MapReader matrix)
    {
        foreach (var node in matrix.List("drills"))
        {
            if (MapReader.Of(node, "a drill", matrix.Faults, DrillKeys) is not { } map) continue;
            map.RequiredText("name", "name it");
            if (map.RequiredText("schedule", "write five fields: 0 10 1 * *") is { } schedule && schedule.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5)
                matrix.Faults.Add(schedule.Place, $"{map.Name("schedule")} must have five fields, not {Shown.Quoted(schedule.Text)}", "minute, hour, day of month, month, day of week: 0 10 1 * *");
            map.RequiredText("service", "name the service");
            map.RequiredText("expect", "name the playbook that should run");
            foreach (var key in new[] { "namespace", "release", "otherwise" }) map.Text(key);
            map.YesNo("shadow");
            map.Duration("within");
            map.Done();
        }

        return Key(matrix, "drills");
    }

    private static Placed? Key(MapReader owner, string key) => owner.PlaceOf(key) is { } place ? new Placed(key, place) : null;
}
