using System.IO.Compression;
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
    /// <summary>Decrypts the content into a stream. On an exception what was written is incomplete and must be thrown away.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="target">Written from its position on.</param>
    /// <param name="received">Told of encrypted bytes as they are decrypted.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="UntrustworthyDataException">The content is altered, cut, or not the one whose hash the file carries.</exception>
    /// <exception cref="EnteApiException">The server or the store refused, four times.</exception>
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
            IsFinal,
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
                using var timeout = EnteClient.TransferTimeout(response.Content.Headers.ContentLength ?? 1 << 20, cancellationToken);
                return await response.Content.ReadAsByteArrayAsync(timeout.Token);
            },
            IsFinal,
            cancellationToken);
        return Blob.TryDecrypt(cipher, file.ThumbnailHeader, file.Key, out var jpeg)
            ? jpeg
            : throw new UntrustworthyDataException($"The thumbnail of {file.Title} does not decrypt.");
    }

    // Asking again would be answered the same.
    private static bool IsFinal(Exception e) => e is EnteApiException
    {
        Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone,
    };

    /// <summary>
    /// Saves a file into a directory under its title; a live photo as its two parts. Nothing appears under its final name
    /// before it is complete and verified, and no file that is already there is overwritten: a different one of the same name
    /// gets a number. Returns the paths; one that existed with the same content is returned untouched.
    /// </summary>
    public async Task<IReadOnlyList<string>> SaveAsync(
        MediaFile file, string directory, Action<long>? received = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(directory);
        var name = SafeName(file.Title);
        if (await FindExistingAsync(file, directory, name, cancellationToken) is { } existing)
            return [existing];
        var draft = Path.Combine(directory, $".{file.Id}-{Guid.NewGuid():N}.part");
        try
        {
            await using (var target = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
                await DownloadAsync(file, target, received, cancellationToken);
            if (file.Type == MediaType.LivePhoto)
                return await UnpackAsync(draft, directory, name, file, cancellationToken);
            return [MoveIntoPlace(draft, directory, name, file)];
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>A title as one name inside a directory: no separators, no leading dots, no control characters.</summary>
    public static string SafeName(string title)
    {
        var name = new string([.. title.Select(c => c is '/' or '\\' or ':' || char.IsControl(c) ? '_' : c)]).Trim().TrimStart('.');
        // 255 bytes is the limit of common file systems; room is left for a number.
        while (System.Text.Encoding.UTF8.GetByteCount(name) > 240)
        {
            var extension = Path.GetExtension(name);
            var stem = Path.GetFileNameWithoutExtension(name);
            name = extension.Length is > 0 and < 20 && stem.Length > 1 ? stem[..^1] + extension : name[..^1];
        }
        return name.Length == 0 ? "unnamed" : name;
    }

    private async Task ContinueAsync(MediaFile file, Transfer state, CancellationToken cancellationToken)
    {
        using var response = await http.OpenDownloadAsync($"{basePath}/download/{file.Id}", state.Consumed, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var skip = response.StatusCode == HttpStatusCode.PartialContent ? 0 : state.Consumed;
        var cipher = new byte[SecretStream.EncryptedChunkSize];
        var plain = new byte[SecretStream.ChunkSize];
        while (true)
        {
            using var timeout = EnteClient.TransferTimeout(cipher.Length, cancellationToken);
            int have;
            try
            {
                // A store that ignores the range sends from the start; what was decrypted already is passed over.
                for (; skip > 0; skip -= have)
                {
                    have = await body.ReadAtLeastAsync(cipher.AsMemory(0, (int)Math.Min(skip, cipher.Length)), 1, true, timeout.Token);
                }
                have = await body.ReadAtLeastAsync(cipher, cipher.Length, false, timeout.Token);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException("A download stands still.", e);
            }
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

    /// <summary>A file of that name which has the content already, from an earlier run.</summary>
    private static async Task<string?> FindExistingAsync(MediaFile file, string directory, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, name);
        if (file.Type == MediaType.LivePhoto || file.Hash is null || !File.Exists(path) || (file.Size is { } size && new FileInfo(path).Length != size))
            return null;
        await using var content = File.OpenRead(path);
        var hash = Convert.ToBase64String(await GenericHash.ComputeAsync(content, cancellationToken));
        return string.Equals(hash, file.Hash, StringComparison.Ordinal) ? path : null;
    }

    private static async Task<IReadOnlyList<string>> UnpackAsync(
        string zip, string directory, string name, MediaFile file, CancellationToken cancellationToken)
    {
        try
        {
            using var archive = ZipFile.OpenRead(zip);
            var saved = new List<string>();
            // 08 §8.6: the two entries are known by their prefix; their extensions are the originals'.
            foreach (var part in new[] { "image", "video" })
            {
                var entry = archive.Entries.FirstOrDefault(e => e.FullName.StartsWith(part, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UntrustworthyDataException($"The live photo {file.Title} has no {part}.");
                var draft = zip + "." + part;
                try
                {
                    await using (var source = entry.Open())
                    await using (var target = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
                        await source.CopyToAsync(target, cancellationToken);
                    saved.Add(MoveIntoPlace(draft, directory, Path.GetFileNameWithoutExtension(name) + SafeName("x" + Path.GetExtension(entry.Name))[1..], file));
                }
                finally
                {
                    File.Delete(draft);
                }
            }
            return saved;
        }
        catch (InvalidDataException e)
        {
            throw new UntrustworthyDataException($"The live photo {file.Title} is not a zip.", e);
        }
    }

    private static string MoveIntoPlace(string draft, string directory, string name, MediaFile file)
    {
        if (file.ModificationTime > 0)
            File.SetLastWriteTimeUtc(draft, DateTime.UnixEpoch.AddMicroseconds(file.ModificationTime));
        for (var number = 0; ; number++)
        {
            var numbered = number == 0 ? name : $"{Path.GetFileNameWithoutExtension(name)} ({number}){Path.GetExtension(name)}";
            var path = Path.Combine(directory, numbered);
            try
            {
                File.Move(draft, path, overwrite: false);
                return path;
            }
            catch (IOException) when (File.Exists(path) && number < 100_000)
            {
                // Taken by another file, which stays.
            }
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
