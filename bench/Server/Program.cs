using Ente.Orleans.Bench;

var wanted = args.Length == 0 ? ["create", "diff", "attacks"] : args;
await using var server = await BenchServer.StartAsync();
foreach (var name in wanted)
{
    switch (name)
    {
        case "create":
            await CreateFiles.RunAsync(server);
            break;
        case "diff":
            await FullDiff.RunAsync(server);
            break;
        case "attacks":
            await BesideAttacks.RunAsync(server);
            break;
        default:
            Console.Error.WriteLine($"no benchmark '{name}': create, diff, attacks");
            return 2;
    }
}

return 0;
