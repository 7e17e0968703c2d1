using System.Text;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Social;

/// <summary>Forms and sizes of what comments and reactions are made of (api/04 §2.1, §2.5).</summary>
internal static class SocialFields
{
    /// <summary>UTF-8 bytes of a comment's ciphertext as sent.</summary>
    public const int MaxCommentBytes = 20480;

    /// <summary>Characters of a reaction's ciphertext: all are padded to one length, which tells nothing.</summary>
    public const int ReactionLength = 156;

    private const string CommentPrefix = "cmt_";
    private const string ReactionPrefix = "rct_";
    private const string AnonymousPrefix = "anon_";
    private const int RandomLength = 21;
    private const int MaxNonceLength = 256;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    public static string NewCommentId() => CommentPrefix + Random();

    public static string NewReactionId() => ReactionPrefix + Random();

    public static string NewAnonymousId() => AnonymousPrefix + Random();

    /// <summary>Only prefix and total bytes are looked at, as in the contract.</summary>
    public static bool IsCommentId(string id) => IsId(id, CommentPrefix);

    public static bool IsReactionId(string id) => IsId(id, ReactionPrefix);

    /// <summary>Cipher and nonce are there, and of sizes that a client sends.</summary>
    public static bool IsComment(string? cipher, string? nonce) =>
        Required.All(cipher, nonce) && IsNonce(nonce!) && cipher!.Length <= MaxCommentBytes
        && Encoding.UTF8.GetByteCount(cipher) <= MaxCommentBytes;

    public static bool IsReaction(string? cipher, string? nonce) =>
        Required.All(cipher, nonce) && IsNonce(nonce!) && cipher!.Length == ReactionLength;

    /// <summary>The contract sets no limit; a nonce has 32 characters.</summary>
    public static bool IsNonce(string nonce) => nonce.Length <= MaxNonceLength;

    private static bool IsId(string id, string prefix) =>
        id.Length <= prefix.Length + RandomLength && id.StartsWith(prefix, StringComparison.Ordinal)
        && Encoding.UTF8.GetByteCount(id) == prefix.Length + RandomLength && !id.Contains('\0', StringComparison.Ordinal);

    private static string Random() => Secrets.RandomAlphanumeric(RandomLength, Alphabet);
}

/// <summary>The answer to a new comment or a reaction.</summary>
internal sealed record IdResponse(string Id);
