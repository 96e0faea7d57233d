namespace AlertRollback.EndToEnd.Support;

/// <summary>A folder that is gone at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("alertrollback-e2e-");

    public string Path => folder.FullName;

    public string Write(string name, string content)
    {
        var file = new FileInfo(System.IO.Path.Combine(folder.FullName, name));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, content);
        return file.FullName;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
