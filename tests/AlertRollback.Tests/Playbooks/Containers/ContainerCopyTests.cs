using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Containers;

namespace AlertRollback.Tests.Playbooks.Containers;

public sealed class ContainerCopyTests
{
    private static readonly JsonObject Image = Json("""{"Config": {"Env": ["PATH=/bin", "MODE=image"], "Cmd": ["serve", "--v2"], "Labels": {"version": "2"}, "ExposedPorts": {"8000/tcp": {}}, "WorkingDir": "/app2"}}""");

    [Fact]
    public void What_the_old_image_brought_along_is_left_to_the_new_one()
    {
        var copy = Copy("""{"Env": ["PATH=/bin", "MODE=image"], "Cmd": ["serve", "--v2"], "Labels": {"version": "2"}, "ExposedPorts": {"8000/tcp": {}}, "WorkingDir": "/app2"}""");

        copy["Env"]!.AsArray().ShouldBeEmpty();
        copy["Labels"]!.AsObject().Select(l => l.Key).ShouldBe(["made"]);
        copy["ExposedPorts"]!.AsObject().ShouldBeEmpty();
        copy.ContainsKey("Cmd").ShouldBeFalse();
        copy.ContainsKey("WorkingDir").ShouldBeFalse();
    }

    [Fact]
    public void What_was_said_for_the_container_stays()
    {
        var copy = Copy("""{"Env": ["PATH=/bin", "MODE=own", "DATABASE_URL=x"], "Cmd": ["serve", "--port", "8000"], "Labels": {"team": "rental"}, "ExposedPorts": {"9000/tcp": {}}, "User": "app"}""");

        copy["Env"]!.ToJsonString().ShouldBe("""["MODE=own","DATABASE_URL=x"]""");
        copy["Cmd"]!.ToJsonString().ShouldBe("""["serve","--port","8000"]""");
        copy["Labels"]!["team"]!.ToString().ShouldBe("rental");
        copy["ExposedPorts"]!.AsObject().Select(p => p.Key).ShouldBe(["9000/tcp"]);
        copy["User"]!.ToString().ShouldBe("app");
        copy["Image"]!.ToString().ShouldBe("sha256:1");
    }

    [Fact]
    public void Ports_limits_and_volumes_are_the_same_and_volumes_without_a_name_are_taken_over()
    {
        var copy = Copy("{}", """
            {
              "HostConfig": {"PortBindings": {"8000/tcp": [{"HostPort": "8000"}]}, "Memory": 536870912, "Binds": ["data:/data"], "Ulimits": [{"Name": "RLIMIT_NOFILE", "Soft": 1, "Hard": 2}]},
              "Mounts": [{"Type": "volume", "Name": "data", "Destination": "/data", "RW": true}, {"Type": "volume", "Name": "0a1b", "Destination": "/cache", "RW": true}]
            }
            """);

        copy["HostConfig"]!["PortBindings"]!.ToJsonString().ShouldBe("""{"8000/tcp":[{"HostPort":"8000"}]}""");
        copy["HostConfig"]!["Memory"]!.GetValue<long>().ShouldBe(536870912);
        copy["HostConfig"]!["Binds"]!.ToJsonString().ShouldBe("""["data:/data","0a1b:/cache:rw"]""");
        copy["HostConfig"]!["Ulimits"]![0]!["Name"]!.ToString().ShouldBe("nofile", "as it is taken, not as Podman shows it");
    }

    [Fact]
    public void It_joins_the_same_networks_by_what_was_asked_and_not_by_what_was_given()
    {
        var original = Original("""{"Hostname": "0123456789ab"}""", """
            {
              "HostConfig": {"NetworkMode": "front"},
              "NetworkSettings": {"Networks": {
                "back": {"Aliases": ["api"], "IPAddress": "10.0.1.7"},
                "front": {"Aliases": ["rental", "0123456789ab"], "IPAddress": "10.0.0.7", "MacAddress": "02:42:0a:00:00:07", "IPAMConfig": {"IPv4Address": "10.0.0.7"}}
              }}
            }
            """);

        var copy = ContainerCopy.Of(original, Image, "sha256:1", new Dictionary<string, string>());

        copy["NetworkingConfig"]!["EndpointsConfig"]!.ToJsonString().ShouldBe("""{"front":{"Aliases":["rental"],"IPAMConfig":{"IPv4Address":"10.0.0.7"},"Links":null,"DriverOpts":null}}""");
        ContainerCopy.MoreNetworks(original).ShouldBe(["back"]);
        copy.ContainsKey("Hostname").ShouldBeFalse("the engine gives the new one a name of its own");
    }

    private static JsonObject Copy(string config, string rest = "{}") =>
        ContainerCopy.Of(Original(config, rest), Image, "sha256:1", new Dictionary<string, string> { ["made"] = "by us" });

    private static ContainerState Original(string config, string rest)
    {
        var json = Json(rest);
        json["Id"] = "0123456789abcdef";
        json["Config"] = Json(config);
        return new ContainerState(json);
    }

    private static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();
}
