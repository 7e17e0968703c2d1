using System.Text;
using System.Text.Json;

namespace Ente.Orleans.Crypto.Tests;

/// <summary>The contract's test vectors, made with other implementations from fixed inputs (vectors.json).</summary>
internal static class Vectors
{
    public static readonly JsonElement Root = Load();

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static byte[] B64(this JsonElement element, string name) =>
        Base64Text.TryDecode(element.Text(name), out var bytes) ? bytes : throw new FormatException(name);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static byte[] Utf8(this JsonElement element, string name) => Encoding.UTF8.GetBytes(element.Text(name));

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();

    /// <summary>The "rule" bytes: byte i is (i·7 + floor(i/256)·13 + 5) mod 256.</summary>
    public static byte[] Rule(long length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 7 + i / 256 * 13 + 5);
        return bytes;
    }

    private static JsonElement Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors.json")));
        return document.RootElement.Clone();
    }
}
