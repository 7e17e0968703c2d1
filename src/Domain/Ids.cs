using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Domain;

/// <summary>Ids in the contract's form: a prefix and 22 characters of <c>[0-9A-Za-z]</c>.</summary>
public static class Ids
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The id of a collection action, a function of its seed.</summary>
    public static string Action(string seed) => "cact_" + FromSeed(seed);

    /// <summary>22 characters (131 bits) from a hash of the seed.</summary>
    public static string FromSeed(string seed)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(seed), hash);
        var value = new System.Numerics.BigInteger(hash, isUnsigned: true);
        Span<char> id = stackalloc char[22];
        for (var i = 0; i < id.Length; i++)
        {
            value = System.Numerics.BigInteger.DivRem(value, Alphabet.Length, out var digit);
            id[i] = Alphabet[(int)digit];
        }

        return new string(id);
    }
}
