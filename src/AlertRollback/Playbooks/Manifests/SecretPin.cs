using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Manifests;

/// <summary>A Secret that is to be applied: by reference and hash only (S19).</summary>
/// <param name="Grant">The operator's name of the file.</param>
/// <param name="Document">Which of the file's documents, from 0.</param>
/// <param name="Hash">Of the manifest, salted.</param>
/// <param name="Uid">Of the Secret that is there; empty: it is to be created.</param>
/// <param name="Version">The resourceVersion of the Secret that is there, instead of its values.</param>
internal sealed record SecretPin(string Grant, int Document, string Hash, ObjectRef Object, string Uid, string Version, bool Force)
{
    public string Diff => Uid.Length == 0 ? $"{Object}: created from {Grant}" : $"{Object}: as in {Grant}, values not shown";

    public JsonObject ToJson() => new()
    {
        ["grant"] = Grant,
        ["document"] = Document,
        ["hash"] = Hash,
        ["namespace"] = Object.Namespace,
        ["name"] = Object.Name,
        ["uid"] = Uid,
        ["version"] = Version,
        ["force"] = Force,
    };

    public static SecretPin FromJson(JsonObject json) => new(
        json["grant"]!.GetValue<string>(), json["document"]!.GetValue<int>(), json["hash"]!.GetValue<string>(),
        new ObjectRef(ResourceKind.Secret, json["namespace"]!.GetValue<string>(), json["name"]!.GetValue<string>()),
        json["uid"]!.GetValue<string>(), json["version"]!.GetValue<string>(), json["force"]!.GetValue<bool>());
}
