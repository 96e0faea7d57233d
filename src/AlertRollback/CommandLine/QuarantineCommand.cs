using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback quarantine</c>: what was rolled back from; may it be deployed, and letting go of it.</summary>
internal static class QuarantineCommand
{
    // Told apart from 1, with which every command ends that could not ask.
    private const int No = 3;
    private const int AskAPerson = 4;

    public static Command Create() => new("quarantine", "Releases that were rolled back from.") { List(), Ask(), Unpin() };

    private static Command List() => Get("list", "What is in quarantine, and until when.", [], _ => "quarantine/list", (json, output) =>
    {
        foreach (var one in json.AsArray())
            output.WriteLine($"{Images(one!)}  {one!["workload"]}  {Until(one)}  since rollback {one["rollbackId"]}");
        if (json.AsArray().Count == 0)
            output.WriteLine("nothing is in quarantine");
    });

    private static Command Ask()
    {
        var (image, service) = (Named("IMAGE", "a reference such as shop/api:v1, or a digest"), Service());
        return Get("ask", "May this image be deployed now? Ends with 0 for yes, 3 for no, 4 when a person has to say.", [image],
            p => $"quarantine?image={Uri.EscapeDataString(p.GetValue(image)!)}{(p.GetValue(service) is { } name ? $"&service={Uri.EscapeDataString(name)}" : "")}",
            (json, output) => output.WriteLine($"{json["deploy"]}: {json["text"]}{(json["until"] is null ? "" : $" ({Until(json)})")}"),
            json => json["deploy"]!.GetValue<string>() switch { "yes" => 0, "no" => No, _ => AskAPerson },
            service);
    }

    private static Command Unpin()
    {
        var (image, service, why) = (Named("IMAGE", "as \"quarantine list\" shows it"), Service(), Why());
        return Post("unpin", "Let an image be deployed, and be gone back to, again.", [image], [service, why], _ => "quarantine/unpin",
            p => new JsonObject { ["image"] = p.GetValue(image), ["service"] = p.GetValue(service), ["why"] = p.GetValue(why) });
    }

    private static Option<string?> Service() => new("--service") { Description = "a service of the matrix; default: wherever it ran" };

    private static string Images(JsonNode one) => string.Join(", ", one["images"]!.AsArray().Select(i => i!.GetValue<string>()));

    private static string Until(JsonNode one) => one["until"] is { } until ? $"until {Moment.WholeMinute(until.GetValue<DateTimeOffset>())} UTC" : "until a person lets go";
}
