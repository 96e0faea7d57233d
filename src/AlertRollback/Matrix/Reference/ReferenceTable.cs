using System.Text;
using AlertRollback.Matrix.Reading;
using AlertRollback.Operators;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reference;

/// <summary>One heading of the reference with its table of keys.</summary>
internal static class ReferenceTable
{
    public static string Of(FileKeys section) => Heading(Title(section.Title), section.Summary)
        + Table(section.Keys.Select(k => (k.Name, FormOf(k.Form), k.Summary, Default(k.Required, k.Default), k.Example)));

    public static string OfServiceKeys(ICatalog catalog)
    {
        var uses = catalog.Actions.Values.SelectMany(a => a.ServiceParameters.Select(p => (p.Name, Of: a.Name)))
            .Concat(catalog.Checks.Values.SelectMany(c => c.ServiceParameters.Select(p => (p.Name, Of: c.Name))))
            .ToLookup(u => u.Name, u => u.Of);
        var keys = ServiceReader.SettingsOf(catalog);
        return keys.Count == 0 ? "" : Heading("Keys of a service that actions and checks add", "Said once with the service instead of at every use.")
            + Table(keys.SelectMany(k => Rows(k, "", $" For {string.Join(", ", uses[k.Name].Distinct().Order(StringComparer.Ordinal).Select(u => $"`{u}`"))}.")));
    }

    public static string Of(IActionKind action) => Heading($"`{action.Name}`", $"{action.Summary}\n\n{string.Join(" ", Traits(action))}") + Parameters(action.Parameters);

    public static string Of(ICheckKind check) =>
        Heading($"`{check.Name}`", check.CanBeCompared([]) ? check.Summary : $"{check.Summary}\n\nIts answer cannot be compared: not for `same_as_at_target` and `all_zero`.") + Parameters(check.Parameters);

    public static string Word(Grant grant) => grant switch
    {
        Grant.Engine => "container engine",
        _ => grant.Word(),
    };

    private static IEnumerable<string> Traits(IActionKind action)
    {
        yield return action.ChangesProduction ? "Changes production." : "Changes nothing in production; may stand under `before`.";
        yield return action.Repeatability == Repeatability.Converges ? "Converges: may be repeated after a crash." : "Carried out once, never repeated after a crash.";
        yield return action.Restores ? "Can be put back; may stand under `meanwhile`." : "Cannot be put back.";
        if (action.DestroysData) yield return "**Can lose data for good**: only a person starts it, and agrees by typing.";
    }

    private static string Parameters(IReadOnlyList<Parameter> parameters) =>
        parameters.Count == 0 ? "No parameters.\n\n" : Table(parameters.SelectMany(p => Rows(p, "", "")));

    private static IEnumerable<(string Key, string Form, string Summary, string Default, string? Example)> Rows(Parameter parameter, string within, string more)
    {
        var name = within + parameter.Name;
        var grant = parameter.Grant == Grant.None ? "" : $" Granted as {Word(parameter.Grant)}.";
        var alone = parameter.Main && within.Length == 0 ? " May stand alone." : "";
        yield return (name, FormOf(parameter), parameter.Summary + alone + grant + more, Default(parameter.Required, parameter.Default), parameter.Example);
        foreach (var row in parameter.Fields.SelectMany(f => Rows(f, $"{name}.", ""))) yield return row;
    }

    private static string FormOf(Parameter parameter)
    {
        var form = parameter.Type switch
        {
            ParameterType.Text => "text",
            ParameterType.Number => "number",
            ParameterType.Integer => "whole number",
            ParameterType.YesNo => "true or false",
            ParameterType.Duration => "duration",
            ParameterType.Texts => "text or list",
            ParameterType.Mapping => "mapping",
            ParameterType.List => "list",
            ParameterType.Checks => "check or list of checks",
            ParameterType.Files => "file or list of files beside this one",
            _ => throw new InvalidOperationException($"unknown type {parameter.Type}"),
        };
        return parameter.Allowed is not { } allowed ? form : (parameter.Type == ParameterType.Mapping ? "mapping, or " : "") + string.Join(", ", allowed.Select(a => $"`{a}`"));
    }

    private static string FormOf(KeyForm form) => form switch
    {
        KeyForm.Text => "text",
        KeyForm.Duration => "duration",
        KeyForm.YesNo => "true or false",
        KeyForm.Texts => "text or list",
        KeyForm.Mapping => "mapping",
        KeyForm.Names => "mapping by name",
        KeyForm.List => "list",
        _ => "see there",
    };

    private static string Default(bool required, string? value) => required ? "**required**" : value ?? "";

    // "rows: an item" begins with the key it stands under, "the file" does not.
    private static string Title(string title) =>
        title.Split(": ", 2) is [var key, var rest] && !key.Contains(' ', StringComparison.Ordinal) ? $"`{key}`: {rest}" : title;

    private static string Heading(string title, string summary) => $"### {title}\n\n{summary}\n\n";

    private static string Table(IEnumerable<(string Key, string Form, string Summary, string Default, string? Example)> rows)
    {
        var table = new StringBuilder("| key | form | meaning | default | example |\n|---|---|---|---|---|\n");
        foreach (var row in rows)
            table.Append($"| `{row.Key}` | {Cell(row.Form)} | {Cell(row.Summary)} | {Cell(row.Default)} | {(row.Example is null ? "" : $"`{Cell(row.Example)}`")} |\n");
        return table.Append('\n').ToString();
    }

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
