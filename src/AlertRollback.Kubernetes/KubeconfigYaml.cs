using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace AlertRollback.Kubernetes;

/// <summary>A kubeconfig's text as objects. The package's own reader looks at all of its types before it reads one, which costs some 15 MB for as long as we run.</summary>
internal static class KubeconfigYaml
{
    private static readonly IDeserializer reader = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();

    /// <summary>Null: the text is empty.</summary>
    /// <exception cref="YamlDotNet.Core.YamlException">It is no such file.</exception>
    public static T? Read<T>(string text)
        where T : class => reader.Deserialize<T?>(text);
}
