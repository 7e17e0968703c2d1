using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ente.Orleans.Storage.S3;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Storage.Tests.S3;

/// <summary>Marks tests against real S3 servers; without the tool that starts them they are skipped, visibly.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsS3ServersAttribute : NeedsAttribute
{
    public override string? Missing => S3Servers.Tool is null
        ? "s3-providers, which starts real S3 servers, was not found: set ENTE_S3_PROVIDERS to its path"
        : null;
}

/// <summary>
/// Two real S3 servers (OpenStack Swift), a current one and the distribution's older one, started once for all tests and removed
/// at the end. The tool lies outside the repository.
/// </summary>
public sealed class S3Servers : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<S3Options> _servers = [];

    public static string? Tool { get; } = FindTool();

    public S3Options Current => _servers[0];

    public S3Options Older => _servers[1];

    public async Task InitializeAsync()
    {
        if (Tool is null)
            return;
        foreach (var line in (await RunAsync("up", "2", FreePorts().ToString(), _directory.Path)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var server = JsonDocument.Parse(line).RootElement;
            string Text(string name) => server.GetProperty(name).GetString()!;
            _servers.Add(new S3Options(
                Text("access_key"), Text("secret_key"), Text("endpoint"), Text("region"), Text("bucket"), PathStyle: true, DisableSsl: true));
        }
    }

    public async Task DisposeAsync()
    {
        if (Tool is null)
            _directory.Dispose();
        else
            await RunAsync("purge", _directory.Path);
    }

    private static string? FindTool()
    {
        if (Environment.GetEnvironmentVariable("ENTE_S3_PROVIDERS") is { Length: > 0 } path)
            return File.Exists(path) ? path : throw new FileNotFoundException("ENTE_S3_PROVIDERS names no file.", path);

        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Ente.Orleans.sln")))
            {
                // Beside the repository, or one higher for a linked worktree.
                return new[] { "..", "../.." }
                    .Select(up => Path.GetFullPath(Path.Combine(directory.FullName, up, "shared/tools/s3-providers")))
                    .FirstOrDefault(File.Exists);
            }
        }

        return null;
    }

    /// <summary>The first of twenty ports of which none is taken now.</summary>
    private static int FreePorts()
    {
        for (var start = 21000 + (Environment.ProcessId % 500 * 20); ; start += 20)
        {
            try
            {
                for (var port = start; port < start + 20; port++)
                {
                    using var listener = new TcpListener(IPAddress.Loopback, port);
                    listener.Start();
                }

                return start;
            }
            catch (SocketException) when (start < 60_000)
            {
                // Somebody else's; try the next twenty.
            }
        }
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool!, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["S3_PROVIDERS_SWIFT"] = "trixie distro";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"s3-providers ended with {process.ExitCode}: {output}");
    }
}

[CollectionDefinition(nameof(S3Servers))]
public sealed class S3ServersCollection : ICollectionFixture<S3Servers>;
