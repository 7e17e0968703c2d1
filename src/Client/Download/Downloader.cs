using System.Net;
using System.Security.Cryptography;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// Fetches and decrypts content as it streams: one chunk of memory whatever the size. A broken connection is taken up again at
/// the last whole chunk (09 §1.2: three more attempts).
/// </summary>
/// <param name="http">Calls as the account or as the visitor of a link.</param>
/// <param name="basePath"><c>/files</c>, or <c>/public-collection/files</c> for a link.</param>
public sealed class Downloader(EnteClient http, string basePath = "/files")
{
    private const int LargestThumbnail = 16 << 20;

    /// <summary>Decrypts the content into a stream. On an exception what was written is incomplete and must be thrown away.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="target">Written from its position on.</param>
    /// <param name="received">Told of encrypted bytes as they are decrypted.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="UntrustworthyDataException">The content is altered, cut, or not the one whose hash the file carries.</exception>
    /// <exception cref="EnteApiException">The server or the store refused, for good or four times.</exception>
    /// <exception cref="IOException">The target cannot be written to.</exception>
    public async Task DownloadAsync(
        MediaFile file, Stream target, Action<long>? received = null, CancellationToken cancellationToken = default)
    {
        if (file.ContentHeader.Length != SecretStream.HeaderSize)
            throw new UntrustworthyDataException($"{file.Title} has no content header.");
        using var hash = new GenericHash();
        var state = new Transfer(new SecretStreamDecryptor(file.Key, file.ContentHeader), hash, target, received);
        await http.RepeatAsync(
            async () =>
            {
                await ContinueAsync(file, state, cancellationToken);
                return true;
            },
            cancellationToken);
        // A live photo's hash is that of its two parts; a single one must be the plain content's.
        if (file.Type != MediaType.LivePhoto && file.Hash is { } expected
            && !string.Equals(expected, Convert.ToBase64String(hash.Finish()), StringComparison.Ordinal))
            throw new UntrustworthyDataException($"{file.Title} does not have the content that was uploaded.");
    }

    /// <summary>The thumbnail's JPEG.</summary>
    /// <exception cref="UntrustworthyDataException">It does not decrypt.</exception>
    public async Task<byte[]> DownloadThumbnailAsync(MediaFile file, CancellationToken cancellationToken = default)
    {
        var cipher = await http.RepeatAsync(
            async () =>
            {
                using var response = await http.OpenDownloadAsync($"{basePath}/preview/{file.Id}", 0, cancellationToken);
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                var buffer = new byte[Math.Clamp(response.Content.Headers.ContentLength ?? LargestThumbnail, 1, LargestThumbnail)];
                return buffer[..await EnteClient.ReceiveAsync(body, buffer, cancellationToken)];
            },
            cancellationToken);
        return Blob.TryDecrypt(cipher, file.ThumbnailHeader, file.Key, out var jpeg)
            ? jpeg
            : throw new UntrustworthyDataException($"The thumbnail of {file.Title} does not decrypt.");
    }

    /// <summary>Names a file among those of all servers.</summary>
    internal string KeyOf(MediaFile file) => $"{http.Server.GetLeftPart(UriPartial.Path).TrimEnd('/')}#{file.Id}";

    private async Task ContinueAsync(MediaFile file, Transfer state, CancellationToken cancellationToken)
    {
        using var response = await http.OpenDownloadAsync($"{basePath}/download/{file.Id}", state.Consumed, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var skip = response.StatusCode == HttpStatusCode.PartialContent ? 0 : state.Consumed;
        var cipher = new byte[SecretStream.EncryptedChunkSize];
        var plain = new byte[SecretStream.ChunkSize];
        // A store that ignores the range sends from the start; what was decrypted already is passed over.
        while (skip > 0)
        {
            var passed = await EnteClient.ReceiveAsync(body, cipher.AsMemory(0, (int)Math.Min(skip, cipher.Length)), cancellationToken);
            if (passed == 0)
                throw new UntrustworthyDataException($"{file.Title} was cut off in the store.");
            skip -= passed;
        }
        while (true)
        {
            var have = await EnteClient.ReceiveAsync(body, cipher, cancellationToken);
            if (!state.Decryptor.TryPull(cipher.AsSpan(0, have), plain, out var tag))
                throw new UntrustworthyDataException($"{file.Title} was altered or cut off on its way or in the store.");
            var size = have - SecretStream.Overhead;
            state.Hash.Append(plain.AsSpan(0, size));
            await state.Target.WriteAsync(plain.AsMemory(0, size), cancellationToken);
            state.Consumed += have;
            state.Received?.Invoke(have);
            if (tag == SecretStreamTag.Final)
                return;
        }
    }

    private sealed class Transfer(SecretStreamDecryptor decryptor, GenericHash hash, Stream target, Action<long>? received)
    {
        public SecretStreamDecryptor Decryptor { get; } = decryptor;
        public GenericHash Hash { get; } = hash;
        public Stream Target { get; } = target;
        public Action<long>? Received { get; } = received;

        /// <summary>Encrypted bytes decrypted and written so far; always a whole number of chunks.</summary>
        public long Consumed { get; set; }
    }
}
