using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Ente.Orleans.Testing;
using Npgsql;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>A server that ends and comes back, in order or not, has what it had.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly ReachableDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_second_start_finds_its_data_and_its_secrets()
    {
        await using (var first = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes))
        {
            await People.SignUpAsync(first, "ada@example.org");
            Assert.Equal(0, await first.StopAsync());
            Assert.Equal("", first.Errors);
        }

        Assert.Empty(RunningServers());
        var secrets = await File.ReadAllTextAsync(Path.Combine(_directory.Data, "secrets.yaml"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory.Data, "secrets.yaml")));
        await using var second = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes);
        Assert.True(await People.IsKnownAsync(second, "ada@example.org"));
        Assert.False(await People.IsKnownAsync(second, "bob@example.org"));
        Assert.Equal(secrets, await File.ReadAllTextAsync(Path.Combine(_directory.Data, "secrets.yaml")));
    }

    [Fact]
    public async Task After_kill_9_the_next_start_takes_over_what_was_left_running()
    {
        await using (var first = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes))
        {
            await People.SignUpAsync(first, "ada@example.org");
            await first.CrashAsync();
        }

        await using var second = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes);
        Assert.True(await People.IsKnownAsync(second, "ada@example.org"));
        Assert.Equal(0, await second.StopAsync());
        Assert.Empty(RunningServers());
    }

    [Fact]
    public async Task SIGTERM_lets_a_request_under_way_finish_and_takes_no_new_ones()
    {
        await using var silo = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes);
        var body = """{"email":"ada@example.org","purpose":"signup"}""";
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, silo.Port);
        await using var stream = client.GetStream();
        var head = $"POST /users/ott HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body[..10]));
        // The server has begun with the request: another one that came after it was answered.
        using (await silo.Http.GetAsync("/ping"))
        {
        }

        silo.Signal(PosixSignal.SIGTERM);
        await silo.LineAsync("Ending");
        await RefusesConnectionsAsync(silo.Port);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body[10..]));
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadLineAsync());
        Assert.Equal(0, await silo.WaitAsync());
        Assert.Empty(RunningServers());
    }

    [Fact]
    public async Task Ctrl_C_while_it_starts_leaves_nothing_running()
    {
        await using var silo = SiloProcess.Launch(_directory.Data);
        await silo.LineAsync("Making a PostgreSQL");
        silo.Signal(PosixSignal.SIGINT);
        Assert.Equal(0, await silo.WaitAsync());
        Assert.Equal("", silo.Errors);
        Assert.Empty(RunningServers());
    }

    [Fact]
    public async Task The_same_signal_twice_at_once_is_one_wish()
    {
        await using var silo = await SiloProcess.StartAsync(_directory.Data);
        silo.Signal(PosixSignal.SIGTERM);
        await silo.LineAsync("Ending");
        silo.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await silo.WaitAsync());
        Assert.Empty(RunningServers());
    }

    [Fact]
    public async Task Two_processes_do_not_share_a_data_directory()
    {
        await using var first = await SiloProcess.StartAsync(_directory.Data);
        await using var second = SiloProcess.Launch(_directory.Data);
        Assert.Equal(1, await second.WaitAsync());
        Assert.Contains($"Another process uses the data directory {_directory.Data}", second.Errors);
    }

    [Fact]
    public async Task Lost_secrets_are_not_replaced_by_new_ones_once_there_are_users()
    {
        var file = Path.Combine(_directory.Data, "secrets.yaml");
        await using (var first = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes))
        {
            await People.SignUpAsync(first, "ada@example.org");
        }

        File.Move(file, file + ".kept");
        await using (var second = SiloProcess.Launch(_directory.Data))
        {
            Assert.Equal(1, await second.WaitAsync());
            Assert.Contains("are not those that this database was made with; put back its secrets.yaml", second.Errors);
        }

        Assert.False(File.Exists(file));
        File.Move(file + ".kept", file);
        await using var third = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes);
        Assert.True(await People.IsKnownAsync(third, "ada@example.org"));
    }

    [Fact]
    public async Task Lost_secrets_of_an_instance_without_users_are_made_again()
    {
        var file = Path.Combine(_directory.Data, "secrets.yaml");
        await using (await SiloProcess.StartAsync(_directory.Data))
        {
        }

        var before = await File.ReadAllTextAsync(file);
        File.Delete(file);
        await using (await SiloProcess.StartAsync(_directory.Data))
        {
        }

        Assert.NotEqual(before, await File.ReadAllTextAsync(file));
        await using var third = await SiloProcess.StartAsync(_directory.Data);
    }

    [Fact]
    public async Task A_database_elsewhere_is_used_as_configured_and_shared_only_with_the_same_secrets()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var connection = new NpgsqlConnectionStringBuilder((await TestCluster.GetAsync()).ConnectionString);
        var environment = new Dictionary<string, string>(People.FixedCodes)
        {
            ["ENTE_DB_HOST"] = connection.Host!,
            ["ENTE_DB_NAME"] = database.Name,
            ["ENTE_DB_USER"] = connection.Username!,
        };
        await using var first = await SiloProcess.StartAsync(_directory.Data, environment);
        await People.SignUpAsync(first, "ada@example.org");
        Assert.False(Directory.Exists(Path.Combine(_directory.Data, "postgres")));

        using var other = new ReachableDirectory();
        await using (var stranger = SiloProcess.Launch(other.Data, environment))
        {
            Assert.Equal(1, await stranger.WaitAsync());
            Assert.Contains("put back its secrets.yaml", stranger.Errors);
        }

        File.Copy(Path.Combine(_directory.Data, "secrets.yaml"), Path.Combine(other.Data, "secrets.yaml"));
        await using var second = await SiloProcess.StartAsync(other.Data, environment);
        Assert.True(await People.IsKnownAsync(second, "ada@example.org"));
    }

    // PostgreSQL servers whose data lie in this test's directory.
    private List<string> RunningServers() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Select(CommandLine)
            .Where(line => line.Contains("postgres", StringComparison.Ordinal) && line.Contains(_directory.Data, StringComparison.Ordinal)),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    private static async Task RefusesConnectionsAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
            }
            catch (SocketException)
            {
                return;
            }

            Assert.True(attempt < 100, "It goes on taking connections.");
            await Task.Delay(50);
        }
    }
}
