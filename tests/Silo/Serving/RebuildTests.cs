using Npgsql;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>The operator's check that the tables are what the events say.</summary>
public sealed class RebuildTests : IDisposable
{
    private readonly ReachableDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_damaged_row_is_found_and_repaired_beside_a_running_server()
    {
        await using var silo = await SiloProcess.StartAsync(_directory.Data, People.FixedCodes);
        var ada = await People.SignUpAsync(silo, "ada@example.org");
        var (code, output) = await RebuildAsync();
        Assert.Equal(0, code);
        Assert.Contains("All tables are what the events say", output);

        await using var database = NpgsqlDataSource.Create($"Host={_directory.Data}/postgres/run;Username=ente;Database=ente");
        await using (var damage = database.CreateCommand("update projections.accounts set plan_storage = 1"))
            Assert.Equal(1, await damage.ExecuteNonQueryAsync());
        (code, output) = await RebuildAsync();
        Assert.Equal(1, code);
        Assert.Contains("accounts: 2 rows differ", output);

        Assert.Equal(0, (await RebuildAsync("--replace")).Code);
        Assert.Equal(0, (await RebuildAsync()).Code);
        Assert.True(await People.IsKnownAsync(silo, "ada@example.org"));
        Assert.NotEqual(ada, await People.SignUpAsync(silo, "bob@example.org"));
        Assert.Equal(0, (await RebuildAsync()).Code);
    }

    [Fact]
    public async Task It_needs_a_data_directory_that_is_there()
    {
        var (code, output) = await RebuildAsync();
        Assert.Equal(1, code);
        Assert.Equal($"\nente-orleans: {_directory.Data} is no data directory of this program; name it with --data DIR", output);
        Assert.False(Directory.Exists(_directory.Data));
    }

    private async Task<(int Code, string Output)> RebuildAsync(params string[] more)
    {
        await using var rebuild = SiloProcess.Launch(["rebuild", "--data", _directory.Data, .. more]);
        return (await rebuild.WaitAsync(), rebuild.Output + "\n" + rebuild.Errors);
    }
}
