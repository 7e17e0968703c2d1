using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>A start that cannot work says why in one line that tells what to do, and exits with a code that is not 0.</summary>
public sealed class RefusedStartTests : IDisposable
{
    private readonly ReachableDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_taken_port_is_told_before_anything_is_made()
    {
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.Equal($"ente-orleans: Port {port} is in use; stop what uses it, or choose another with --port N", await RefusedAsync(port: port));
        Assert.False(Directory.Exists(_directory.Data));
    }

    [Fact]
    public async Task A_data_directory_of_another_version()
    {
        Directory.CreateDirectory(_directory.Data);
        await File.WriteAllTextAsync(Path.Combine(_directory.Data, "version"), "99\n");
        Assert.Contains("is of layout version '99'", await RefusedAsync());
    }

    [Fact]
    public async Task A_directory_with_somebody_elses_files_is_left_alone()
    {
        Directory.CreateDirectory(_directory.Data);
        await File.WriteAllTextAsync(Path.Combine(_directory.Data, "letter.txt"), "dear");
        Assert.Contains("is no data directory of this program", await RefusedAsync());
        Assert.Equal(["letter.txt", "lock"], Directory.EnumerateFileSystemEntries(_directory.Data).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made()
    {
        await File.WriteAllTextAsync(_directory.Data, "a file");
        Assert.Contains("choose another with --data DIR", await RefusedAsync());
    }

    [Theory]
    [InlineData("ENTE_KEY_ENCRYPTION", "abc", "key.encryption")]
    [InlineData("ENTE_KEY_ENCRYPTION", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "key.encryption")]
    [InlineData("ENTE_KEY_HASH", "not base64", "key.hash")]
    [InlineData("ENTE_JWT_SECRET", "++++++++++++++++++++++++++++++++++++++++++8=", "jwt.secret")]
    public async Task A_bad_key_is_named_and_not_repeated(string variable, string value, string key)
    {
        var line = await RefusedAsync(new Dictionary<string, string> { [variable] = value });
        Assert.StartsWith($"ente-orleans: {key} in the configuration is not the ", line);
        Assert.DoesNotContain(value, line);
    }

    [Fact]
    public async Task A_bad_key_in_the_secrets_file()
    {
        await WriteDataAsync("secrets.yaml", "key:\n  encryption: short\n  hash: short\njwt:\n  secret: short\n");
        var line = await RefusedAsync();
        Assert.Contains("key.encryption in ", line);
        Assert.Contains("secrets.yaml is not the standard base64 of 32 bytes", line);
    }

    [Fact]
    public async Task A_secrets_file_that_lost_a_line()
    {
        await WriteDataAsync("secrets.yaml", "jwt:\n  secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
        Assert.Contains("secrets.yaml lacks key.encryption; put back", await RefusedAsync());
    }

    [Fact]
    public async Task Missing_programs_of_PostgreSQL()
    {
        var line = await RefusedAsync(new Dictionary<string, string> { ["ENTE_POSTGRES_BIN_DIRECTORY"] = _directory.Path });
        Assert.Equal($"ente-orleans: No PostgreSQL in {_directory.Path}; install it with: apt-get install postgresql", line);
    }

    [Fact]
    public async Task A_database_that_stays_away()
    {
        var line = await RefusedAsync(new Dictionary<string, string>
        {
            ["ENTE_DB_HOST"] = "127.0.0.1",
            ["ENTE_DB_PORT"] = SiloProcess.FreePort().ToString(),
            ["ENTE_DB_USER"] = "ente",
            ["ENTE_DB_WAIT_SECONDS"] = "2",
        });
        Assert.Contains("does not answer for 2 s", line);
        Assert.EndsWith("start it, or correct db.host and db.port", line);
    }

    [Fact]
    public async Task A_configuration_that_is_no_YAML()
    {
        var file = Path.Combine(_directory.Path, "museum.yaml");
        await File.WriteAllTextAsync(file, "db:\n  host: [localhost\n");
        Assert.StartsWith($"ente-orleans: {file}:", await RefusedAsync(more: ["--config", file]));
    }

    [Theory]
    [InlineData]
    [InlineData("server")]
    [InlineData("serve", "--port", "http")]
    [InlineData("serve", "--port", "70000")]
    [InlineData("serve", "--dta", "x")]
    public async Task A_wrong_command_line_is_exit_code_2(params string[] words)
    {
        await using var silo = SiloProcess.Launch(words);
        Assert.Equal(2, await silo.WaitAsync());
        Assert.StartsWith("ente-orleans: ", silo.Errors);
    }

    [Fact]
    public async Task The_version_is_told()
    {
        await using var silo = SiloProcess.Launch(["version"]);
        Assert.Equal(0, await silo.WaitAsync());
        Assert.StartsWith("ente-orleans 0.", silo.Output);
    }

    private async Task WriteDataAsync(string name, string text)
    {
        Directory.CreateDirectory(_directory.Data);
        await File.WriteAllTextAsync(Path.Combine(_directory.Data, "version"), "1\n");
        await File.WriteAllTextAsync(Path.Combine(_directory.Data, name), text);
    }

    private async Task<string> RefusedAsync(IReadOnlyDictionary<string, string>? environment = null, int? port = null, params string[] more)
    {
        await using var silo = SiloProcess.Launch(_directory.Data, environment, port, more);
        Assert.Equal(1, await silo.WaitAsync());
        Assert.DoesNotContain("\n", silo.Errors);
        return silo.Errors;
    }
}
