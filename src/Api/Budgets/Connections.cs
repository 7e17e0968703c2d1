using System.Collections.Concurrent;
using System.Text;
using Ente.Orleans.Api.Objects;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ente.Orleans.Api.Budgets;

/// <summary>How the web server takes connections, headers and bodies: before any request is there to be refused.</summary>
public static class Connections
{
    /// <summary>Sets limits and encodings.</summary>
    public static void Limit(KestrelServerOptions kestrel, Budget budget)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(budget);
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = budget.Connections;
        limits.KeepAliveTimeout = budget.KeepAlive;
        limits.RequestHeadersTimeout = budget.Headers;
        limits.MaxRequestBodySize = Budget.LargeBody;
        limits.MinRequestBodyDataRate = new MinDataRate(budget.SlowestResponse, budget.RateGrace);
        limits.MinResponseDataRate = new MinDataRate(budget.SlowestResponse, budget.RateGrace);

        // Any bytes may stand in a header, and most are read by nobody (api/01 §A3).
        kestrel.RequestHeaderEncodingSelector = name =>
            name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? DigitsOnly.Instance : Encoding.Latin1;
    }

    /// <summary>A line of a request ends with CR LF: where LF alone does too, a proxy may see another request than the server.</summary>
    public static void RefuseBareLineFeeds() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    /// <summary>Closes connections of a network that has too many, on the listener itself; requests over proxies are counted one by one.</summary>
    public static void LimitByNetwork(ListenOptions listen, Budget budget, TrustedProxies proxies)
    {
        var open = new ConcurrentDictionary<string, int>();
        listen.Use(next => async connection =>
        {
            var peer = ClientAddress.Canonical((connection.RemoteEndPoint as System.Net.IPEndPoint)?.Address);
            if (peer is null || proxies.Includes(peer))
            {
                await next(connection);
                return;
            }

            var network = ClientAddress.NetworkOf(peer);
            try
            {
                if (open.AddOrUpdate(network, 1, static (_, n) => n + 1) <= budget.ConnectionsOfNetwork) await next(connection);
                else connection.Abort(new ConnectionAbortedException("too many connections from one network"));
            }
            finally
            {
                if (open.AddOrUpdate(network, 0, static (_, n) => n - 1) == 0) open.TryRemove(new KeyValuePair<string, int>(network, 0));
            }
        });
    }

    /// <summary>
    /// What is not a digit is no part of a Content-Length (RFC 9110 §8.6). The parser would take a sign or blanks, and a proxy before it
    /// not; this way it gets to see something that is no number.
    /// </summary>
    private sealed class DigitsOnly : Encoding
    {
        public static readonly DigitsOnly Instance = new();

        public override int GetByteCount(char[] chars, int index, int count) => count;

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count) => count;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            for (var i = 0; i < byteCount; i++)
                chars[charIndex + i] = bytes[byteIndex + i] is >= (byte)'0' and <= (byte)'9' and var digit ? (char)digit : 'x';
            return byteCount;
        }

        // More digits than any length has: as many as fit, which is too many.
        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            var count = Math.Min(bytes.Length, chars.Length);
            for (var i = 0; i < count; i++)
                chars[i] = bytes[i] is >= (byte)'0' and <= (byte)'9' ? (char)bytes[i] : 'x';
            return count;
        }

        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetMaxCharCount(int byteCount) => byteCount;
    }
}
