using System.Reflection;
using System.Runtime.InteropServices;

namespace Ente.Orleans.Crypto;

/// <summary>
/// The native library behind every primitive here: Debian's libsodium.so.23. The functions are used as they are; nothing in
/// this project is a cipher or a hash of its own.
/// </summary>
public static partial class Libsodium
{
    private const string Library = "libsodium.so.23";

    static Libsodium()
    {
        NativeLibrary.SetDllImportResolver(typeof(Libsodium).Assembly, Resolve);
        // 0 = initialised now, 1 = was already; anything else means that the system has no usable random source.
        if (sodium_init() < 0)
            throw new InvalidOperationException("libsodium could not be initialised: the system has no usable random source.");
    }

    /// <summary>Version of the loaded library, such as <c>1.0.18</c>.</summary>
    public static string Version => Marshal.PtrToStringUTF8(sodium_version_string()) ?? "";

    /// <summary>
    /// Loads the library now, so that a program can say at its start what is missing instead of failing at first use.
    /// </summary>
    /// <exception cref="DllNotFoundException">The Debian package <c>libsodium23</c> is not installed.</exception>
    public static void EnsureAvailable()
    {
        try
        {
            System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(Libsodium).TypeHandle);
        }
        catch (TypeInitializationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (!string.Equals(name, Library, StringComparison.Ordinal))
            return 0;
        if (NativeLibrary.TryLoad(Library, assembly, path, out var handle))
            return handle;
        throw new DllNotFoundException($"{Library} was not found. Install the Debian package libsodium23 (apt-get install libsodium23).");
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial nint sodium_version_string();

    [LibraryImport(Library)]
    internal static partial int crypto_secretbox_easy(Span<byte> c, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> n, ReadOnlySpan<byte> k);

    [LibraryImport(Library)]
    internal static partial int crypto_secretbox_open_easy(Span<byte> m, ReadOnlySpan<byte> c, ulong clen, ReadOnlySpan<byte> n, ReadOnlySpan<byte> k);

    [LibraryImport(Library)]
    internal static partial int crypto_box_keypair(Span<byte> pk, Span<byte> sk);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_base(Span<byte> q, ReadOnlySpan<byte> n);

    [LibraryImport(Library)]
    internal static partial int crypto_box_seal(Span<byte> c, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> pk);

    [LibraryImport(Library)]
    internal static partial int crypto_box_seal_open(Span<byte> m, ReadOnlySpan<byte> c, ulong clen, ReadOnlySpan<byte> pk, ReadOnlySpan<byte> sk);

    [LibraryImport(Library)]
    internal static partial int crypto_generichash(Span<byte> h, nuint hlen, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> k, nuint klen);

    [LibraryImport(Library)]
    internal static partial int crypto_sign_verify_detached(ReadOnlySpan<byte> sig, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> pk);

    [LibraryImport(Library)]
    internal static partial nuint crypto_generichash_statebytes();

    [LibraryImport(Library)]
    internal static partial int crypto_generichash_init(nint state, ReadOnlySpan<byte> k, nuint klen, nuint outlen);

    [LibraryImport(Library)]
    internal static partial int crypto_generichash_update(nint state, ReadOnlySpan<byte> m, ulong mlen);

    [LibraryImport(Library)]
    internal static partial int crypto_generichash_final(nint state, Span<byte> h, nuint hlen);

    [LibraryImport(Library)]
    internal static partial int crypto_pwhash(
        Span<byte> key, ulong keylen, ReadOnlySpan<byte> password, ulong passwordlen, ReadOnlySpan<byte> salt, ulong opslimit, nuint memlimit, int alg);

    [LibraryImport(Library)]
    internal static partial int crypto_kdf_derive_from_key(Span<byte> sub, nuint sublen, ulong id, ReadOnlySpan<byte> ctx, ReadOnlySpan<byte> key);

    [LibraryImport(Library)]
    internal static partial int crypto_secretstream_xchacha20poly1305_init_pull(Span<byte> state, ReadOnlySpan<byte> header, ReadOnlySpan<byte> k);

    [LibraryImport(Library)]
    internal static partial int crypto_secretstream_xchacha20poly1305_push(
        Span<byte> state, Span<byte> c, nint clen, ReadOnlySpan<byte> m, ulong mlen, nint ad, ulong adlen, byte tag);

    [LibraryImport(Library)]
    internal static partial int crypto_secretstream_xchacha20poly1305_pull(
        Span<byte> state, Span<byte> m, nint mlen, out byte tag, ReadOnlySpan<byte> c, ulong clen, nint ad, ulong adlen);

    [LibraryImport(Library)]
    internal static partial nuint crypto_secretstream_xchacha20poly1305_statebytes();

    /// <summary>libsodium fails only on misuse once sizes are checked; such a failure is a bug, never data.</summary>
    internal static void Check(int result, string function)
    {
        if (result != 0)
            throw new InvalidOperationException($"{function} failed with {result}.");
    }
}
