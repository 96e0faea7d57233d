using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Creation, change and deletion, with the API server's checks in its order. Runs under the store's lock.</summary>
internal sealed class Writing(ObjectStore store)
{
    private const string PatchTypes =
        "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";

    /// <summary>Members of the metadata that no client can change.</summary>
    private static readonly string[] ServersOwn = ["name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "managedFields"];

    public JsonObject Create(ApiRequest request) => Create(request, request.BodyObject(), MarkManager);

    private JsonObject Create(ApiRequest request, JsonObject json, Action<ApiRequest, JsonObject?, JsonObject> mark)
    {
        var kind = request.Kind;
        json["kind"] = kind.Kind;
        json["apiVersion"] = kind.ApiVersion;
        var metadata = json.Need("metadata");
        if (metadata.TextAt("name") is null && metadata.TextAt("generateName") is { } prefix) metadata["name"] = prefix + NameSuffix.Next(store.Version);
        var name = metadata.TextAt("name") ?? "";
        foreach (var own in ServersOwn.Append("resourceVersion").Where(m => m is not ("name" or "namespace"))) metadata.Remove(own);
        json.Remove("status");
        if (kind.Namespaced) EnterNamespace(kind, metadata, request.Namespace);
        Defaulting.Apply(kind, json);
        Defaulting.CountTemplates(kind, json, before: null);
        Validation.Check(kind, json, before: null);
        if (store.Find(kind, request.Namespace, name) is not null) throw ApiRefusal.AlreadyExists(kind, name);
        mark(request, null, json);
        if (!request.DryRun) return store.Create(kind, json).Json;
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ClusterJson.Stamp(store.Now);
        return json;
    }

    public JsonObject Replace(ApiRequest request) => Change(request, _ => request.BodyObject());

    public JsonObject Patch(ApiRequest request)
    {
        return request.MediaType switch
        {
            "application/json-patch+json" => Change(request, before => JsonPatch.Apply(before, request.BodyNode())),
            "application/merge-patch+json" => Change(request, before => MergePatch.Apply(before, request.BodyObject())),
            "application/strategic-merge-patch+json" when !request.Kind.IsCustom() =>
                Change(request, before => StrategicMergePatch.Apply(before, request.BodyObject())),
            "application/apply-patch+yaml" => Apply(request),
            _ => throw ApiRefusal.UnsupportedMediaType(PatchTypes),
        };
    }

    private JsonObject Apply(ApiRequest request)
    {
        var manager = request.Query("fieldManager");
        if (manager.Length == 0) throw ApiRefusal.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        var manifest = request.BodyObject();
        var before = store.Find(request.Kind, request.Namespace, request.Name)?.Json;
        var applied = ServerSideApply.Apply(request.Kind, before, manifest, manager, request.Query("force") is "true" or "1", store.Now);
        var marks = applied.ObjectAt("metadata")!["managedFields"]!.DeepClone();
        void Mark(ApiRequest r, JsonObject? b, JsonObject json) => json.Need("metadata")["managedFields"] = marks.DeepClone();
        if (before is not null) return Change(request, _ => applied, Mark);
        applied.Need("metadata").Default("name", request.Name);
        return Create(request, applied, Mark);
    }

    /// <summary>Answers with the object when it goes later (pods, namespaces), else with a Status.</summary>
    public JsonObject Delete(ApiRequest request)
    {
        var target = store.Find(request.Kind, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(request.Kind, request.Name);
        var options = request.Body.Length == 0 ? [] : request.BodyObject();
        Preconditions(request.Kind, target, options);
        if (request.DryRun) return Deleted(target);
        return Remove(target, options.NumberAt("gracePeriodSeconds") == 0, Orphans(request.Kind, options));
    }

    public JsonObject Remove(StoredObject target, bool now = false, bool orphan = false)
    {
        if (orphan) Orphan(target);
        var later = (target.Kind == ResourceKind.Pod && !now) || target.Kind == ResourceKind.Namespace;
        if (!later)
        {
            store.Remove(target);
            return Deleted(target);
        }

        if (target.BeingDeleted) return target.Json;
        return store.Update(target, json =>
        {
            json.Need("metadata")["deletionTimestamp"] = ClusterJson.Stamp(store.Now);
            if (target.Kind == ResourceKind.Namespace) json.Need("status")["phase"] = "Terminating";
            else json.Need("metadata")["deletionGracePeriodSeconds"] = 30;
        }).Json;
    }

    /// <summary>Jobs leave their pods behind unless told otherwise; all other kinds take what they own with them.</summary>
    private static bool Orphans(ResourceKind kind, JsonObject options) =>
        (options.TextAt("propagationPolicy") ?? (kind == ResourceKind.Job ? "Orphan" : "Background")) == "Orphan";

    private void Orphan(StoredObject owner)
    {
        foreach (var dependent in store.Everything.Where(o => o.ControllerUid == owner.Uid)) store.Update(dependent, json => json.Need("metadata").Remove("ownerReferences"));
    }

    public static void Preconditions(ResourceKind kind, StoredObject target, JsonObject options)
    {
        if (options.TextAt("preconditions", "uid") is { } uid && uid != target.Uid)
            throw ApiRefusal.Conflict(kind, target.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {target.Uid}");
        if (options.TextAt("preconditions", "resourceVersion") is { } version && version != target.Version)
        {
            throw ApiRefusal.Conflict(
                kind, target.Name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {target.Version}");
        }
    }

    private JsonObject Change(ApiRequest request, Func<JsonObject, JsonObject> change, Action<ApiRequest, JsonObject?, JsonObject>? mark = null)
    {
        var kind = request.Kind;
        var before = store.Find(kind, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(kind, request.Name);
        var json = change(before.Json);
        if (json.TextAt("metadata", "name") is { } name && name != before.Name)
            throw ApiRefusal.BadRequest($"the name of the object ({name}) does not match the name on the URL ({before.Name})");
        var version = json.TextAt("metadata", "resourceVersion");
        if (!string.IsNullOrEmpty(version) && version != before.Version) throw ApiRefusal.Modified(kind, before.Name);
        json["kind"] = kind.Kind;
        json["apiVersion"] = kind.ApiVersion;
        if (request.Subresource == "status") json = StatusOnly(before.Json, json);
        else if (before.Json["status"] is { } status) json["status"] = status.DeepClone();
        json.Need("metadata").Default("uid", before.Uid);
        Defaulting.Apply(kind, json);
        Defaulting.CountTemplates(kind, json, before.Json);
        Validation.Check(kind, json, before.Json);
        KeepServersOwn(before.Json, json);
        if (mark is null && JsonNode.DeepEquals(before.Json, json)) return before.Json;
        (mark ?? MarkManager)(request, before.Json, json);
        if (!request.DryRun) return store.Update(before, json, byClient: request.Subresource.Length == 0).Json;
        if (Generations.MovesOn(before, json, byClient: true)) json.Need("metadata")["generation"] = before.Json.CountAt("metadata", "generation") + 1;
        return json;
    }

    private static JsonObject StatusOnly(JsonObject before, JsonObject json)
    {
        var result = before.Clone();
        result["status"] = json["status"]?.DeepClone();
        return result;
    }

    private static void KeepServersOwn(JsonObject before, JsonObject json)
    {
        var metadata = json.Need("metadata");
        foreach (var member in ServersOwn.Append("resourceVersion"))
        {
            if (before.At("metadata", member) is { } value) metadata[member] = value.DeepClone();
            else metadata.Remove(member);
        }
    }

    private void EnterNamespace(ResourceKind kind, JsonObject metadata, string @namespace)
    {
        if (metadata.TextAt("namespace") is { } named && named != @namespace)
            throw ApiRefusal.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
        var home = store.Find(ResourceKind.Namespace, "", @namespace) ?? throw ApiRefusal.NotFound(ResourceKind.Namespace, @namespace);
        if (home.BeingDeleted)
        {
            throw new ApiRefusal(
                403, "Forbidden",
                $"{kind.Qualified()} \"{metadata.TextAt("name")}\" is forbidden: unable to create new content in namespace {@namespace} because it is being terminated");
        }

        metadata["namespace"] = @namespace;
    }

    private void MarkManager(ApiRequest request, JsonObject? before, JsonObject json)
    {
        if (request.Query("fieldManager") is not { Length: > 0 } manager) return;
        var managers = new FieldManagers(before);
        managers.Updated(manager, json, store.Now);
        managers.Write(request.Kind, json);
    }

    private static JsonObject Deleted(StoredObject target)
    {
        var details = new JsonObject { ["name"] = target.Name };
        if (target.Kind.Group.Length > 0) details["group"] = target.Kind.Group;
        details["kind"] = target.Kind.Plural;
        details["uid"] = target.Uid;
        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
