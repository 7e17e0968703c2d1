using System.Net.Sockets;
using System.Text;

namespace Ente.Orleans.Api.Tests.Budgets;

/// <summary>A connection that sends exactly the given bytes, and reads only when asked to.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };

    public static async Task<RawConnection> OpenAsync(ApiServer server, string request)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync("127.0.0.1", server.Http.BaseAddress!.Port);
        await connection.SendAsync(request);
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends, or finds out that the server has had enough.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[await _socket.SendAsync(bytes)..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>What comes within the time, or until the server ends the connection.</summary>
    public async Task<string> ReadAsync(TimeSpan atMost, int atLeast = int.MaxValue)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        using var timeout = new CancellationTokenSource(atMost);
        try
        {
            int read;
            while (text.Length < atLeast && (read = await _socket.ReceiveAsync(buffer, timeout.Token)) > 0)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException)
        {
        }

        return text.ToString();
    }

    /// <summary>The status of the answer; 0 when the connection just ends.</summary>
    public async Task<int> StatusAsync()
    {
        var head = await ReadAsync(TimeSpan.FromSeconds(20), atLeast: 12);
        return head.Length >= 12 ? int.Parse(head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    public void Dispose() => _socket.Dispose();
}
