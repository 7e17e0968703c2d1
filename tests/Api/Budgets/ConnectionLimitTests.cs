using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ente.Orleans.Api.Budgets;
using Ente.Orleans.Api.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ente.Orleans.Api.Tests.Budgets;

/// <summary>Connections from one network, which is no trusted proxy.</summary>
public sealed class ConnectionLimitTests
{
    [Fact]
    public async Task Connections_of_a_network_end_at_its_limit_and_those_of_a_proxy_do_not()
    {
        var budget = new Budget { ConnectionsOfNetwork = 5 };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Connections.Limit(kestrel, budget);
            kestrel.Listen(IPAddress.Any, 0, listen => Connections.LimitByNetwork(listen, budget, TrustedProxies.LocalOnly));
        });
        await using var application = builder.Build();
        application.MapGet("/", () => Results.Text("here"));
        await application.StartAsync();
        var port = new Uri(application.Urls.Single()).Port;

        Assert.Equal(20, await ServedAsync(IPAddress.Loopback, port, 20));
        if (OwnAddress() is { } own)
        {
            Assert.Equal(5, await ServedAsync(own, port, 20));
            // They are over, and others may come.
            await Task.Delay(500);
            Assert.Equal(5, await ServedAsync(own, port, 5));
        }
    }

    // All at once, each with a request.
    private static async Task<int> ServedAsync(IPAddress address, int port, int count)
    {
        var clients = Enumerable.Range(0, count).Select(_ => new TcpClient()).ToList();
        var served = 0;
        foreach (var client in clients)
        {
            try
            {
                await client.ConnectAsync(address, port);
                await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
                if (await client.GetStream().ReadAsync(new byte[100]) > 0)
                    served++;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // Closed instead.
            }
        }

        clients.ForEach(c => c.Dispose());
        return served;
    }

    private static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.OperationalStatus == OperationalStatus.Up)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
}
