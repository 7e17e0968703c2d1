using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>Content that lies complete in object storage but belongs to no file yet.</summary>
internal sealed record UploadedContent(byte[] FileKey, byte[] Header, string ObjectKey, long EncryptedLength, PendingUpload? Pending);

/// <summary>
/// Brings encrypted content to object storage: one PUT below five chunks, else parts of five chunks (08 §8.8). At most
/// <c>parallel</c> requests are under way at a time over all files, each holding one buffer of 20 MiB, so memory does not depend
/// on the size of a file.
/// </summary>
internal sealed class ContentUploader(EnteClient http, string pendingDirectory, int parallel) : IDisposable
{
    public const int ChunksPerPart = 5;
    public const int PartLength = ChunksPerPart * SecretStream.EncryptedChunkSize;

    private readonly SemaphoreSlim _slots = new(parallel);
    private readonly ConcurrentBag<byte[]> _buffers = [];

    /// <summary>Encrypts and sends a file. <paramref name="sent"/> is told of encrypted bytes that arrived.</summary>
    /// <exception cref="IOException">The file changed since it was hashed.</exception>
    public Task<UploadedContent> UploadAsync(
        string path, long length, FileIdentity identity, Action<long> sent, CancellationToken cancellationToken) =>
        length > (ChunksPerPart - 1L) * SecretStream.ChunkSize
            ? UploadPartsAsync(path, length, identity, sent, cancellationToken)
            : UploadWholeAsync(path, identity, sent, cancellationToken);

    /// <summary>
    /// Zips and encrypts the two parts of a live photo and sends them with one PUT, as all clients do (08 §8.6). Holds both in memory:
    /// a part has at most <see cref="LivePairs.LargestPart"/>.
    /// </summary>
    /// <exception cref="IOException">A part changed since it was hashed.</exception>
    public async Task<UploadedContent> UploadLivePhotoAsync(
        string image, string video, FileIdentity identity, Action<long> sent, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            var zip = new MemoryStream();
            RequireUnchanged(LivePhotoZip.Write(image, video, zip), identity);
            zip.Position = 0;
            var key = Secrets.RandomBytes(SecretStream.KeySize);
            var header = Secrets.RandomBytes(SecretStream.HeaderSize);
            using var encryptor = new ContentEncryptor(zip, key, header, EncryptionChecks.Decryption);
            // The encryptor wants room for whole chunks.
            var cipher = new byte[(zip.Length / SecretStream.ChunkSize + 1) * SecretStream.EncryptedChunkSize];
            var size = await encryptor.FillAsync(cipher, cancellationToken);
            var objectKey = await UploadBytesAsync(cipher.AsMemory(0, size), cancellationToken);
            sent(size);
            return new UploadedContent(key, header, objectKey, size, null);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Sends a few encrypted bytes with one PUT; returns their object key.</summary>
    public async Task<string> UploadBytesAsync(ReadOnlyMemory<byte> cipher, CancellationToken cancellationToken)
    {
        var md5 = Convert.ToBase64String(MD5.HashData(cipher.Span));
        // Asked twice it gives a second slot, which is given up when it is not used.
        var url = await http.RepeatAsync(
            () => http.PostAsync<UploadUrl>("/files/upload-url", new { contentLength = cipher.Length, contentMD5 = md5 }, cancellationToken), cancellationToken);
        await http.PutObjectAsync(url.Url, cipher, md5, cancellationToken);
        return url.ObjectKey;
    }

    public void Dispose() => _slots.Dispose();

    private async Task<UploadedContent> UploadWholeAsync(string path, FileIdentity identity, Action<long> sent, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var buffer = Rent();
        try
        {
            var key = Secrets.RandomBytes(SecretStream.KeySize);
            var header = Secrets.RandomBytes(SecretStream.HeaderSize);
            await using var plain = RegularFile.OpenRead(path);
            using var encryptor = new ContentEncryptor(plain, key, header, EncryptionChecks.PlainHash | EncryptionChecks.Decryption);
            var size = await encryptor.FillAsync(buffer, cancellationToken);
            RequireUnchanged(encryptor, identity);
            var objectKey = await UploadBytesAsync(buffer.AsMemory(0, size), cancellationToken);
            sent(size);
            return new UploadedContent(key, header, objectKey, size, null);
        }
        finally
        {
            _buffers.Add(buffer);
            _slots.Release();
        }
    }

    private async Task<UploadedContent> UploadPartsAsync(
        string path, long length, FileIdentity identity, Action<long> sent, CancellationToken cancellationToken)
    {
        for (var restarted = false; ; restarted = true)
        {
            long counted = 0;
            void Count(long bytes)
            {
                Interlocked.Add(ref counted, bytes);
                sent(bytes);
            }

            var found = PendingUpload.Find(pendingDirectory, identity);
            var upload = found is not null && found.Agreed.EncryptedLength == SecretStream.EncryptedLength(length)
                ? found
                : await BeginAsync(path, length, identity, cancellationToken);
            try
            {
                if (!upload.IsComplete)
                {
                    await SendPartsAsync(path, upload, Count, cancellationToken);
                    await http.CompleteMultipartAsync(upload.Agreed.Urls.CompleteUrl, [.. upload.ETags.Select(e => e!)], cancellationToken);
                    upload.Completed();
                }
                else
                {
                    sent(upload.Agreed.EncryptedLength);
                }
                return new UploadedContent(
                    upload.Agreed.FileKey, upload.Agreed.Header, upload.Agreed.Urls.ObjectKey, upload.Agreed.EncryptedLength, upload);
            }
            catch (EnteApiException e) when (!restarted && e.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            {
                // The store no longer knows the upload, or its URLs have expired: begin once more with new ones.
                upload.Forget();
                sent(-counted);
            }
        }
    }

    /// <summary>First pass: the MD5 of every part must be known before the server mints the URLs that are bound to them.</summary>
    private async Task<PendingUpload> BeginAsync(string path, long length, FileIdentity identity, CancellationToken cancellationToken)
    {
        var key = Secrets.RandomBytes(SecretStream.KeySize);
        var header = Secrets.RandomBytes(SecretStream.HeaderSize);
        var md5s = new List<string>();
        long total = 0;
        await _slots.WaitAsync(cancellationToken);
        var buffer = Rent();
        try
        {
            await using var plain = RegularFile.OpenRead(path);
            using var encryptor = new ContentEncryptor(plain, key, header, EncryptionChecks.PlainHash);
            while (!encryptor.Ended)
            {
                var size = await encryptor.FillAsync(buffer, cancellationToken);
                md5s.Add(Convert.ToBase64String(MD5.HashData(buffer.AsSpan(0, size))));
                total += size;
            }
            RequireUnchanged(encryptor, identity);
        }
        finally
        {
            _buffers.Add(buffer);
            _slots.Release();
        }
        if (total != SecretStream.EncryptedLength(length))
            throw Changed();
        var request = new { contentLength = total, partLength = Math.Min(PartLength, total), partMd5s = md5s };
        var urls = await http.RepeatAsync(
            () => http.PostAsync<MultipartUploadUrls>("/files/multipart-upload-url", request, cancellationToken), cancellationToken);
        if (urls.PartUrls.Count != md5s.Count)
            throw new UntrustworthyDataException($"The server gave {urls.PartUrls.Count} part URLs for {md5s.Count} parts.");
        return PendingUpload.Create(pendingDirectory, identity, new PendingUpload.Plan
        {
            FileKey = key,
            Header = header,
            EncryptedLength = total,
            PartLength = PartLength,
            PartMd5s = md5s,
            Urls = urls,
        });
    }

    /// <summary>Second pass: the same bytes again, in order; parts that arrived before are only passed over.</summary>
    private async Task SendPartsAsync(
        string path, PendingUpload upload, Action<long> sent, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task>();
        try
        {
            await using var plain = RegularFile.OpenRead(path);
            // The MD5s that the first pass took from the right content pin these bytes, so no hash is needed again.
            using var encryptor = new ContentEncryptor(plain, upload.Agreed.FileKey, upload.Agreed.Header, EncryptionChecks.Decryption);
            for (var part = 0; part < upload.ETags.Length; part++)
            {
                // The slot is taken before the buffer is filled: that is what bounds memory.
                await _slots.WaitAsync(failed.Token);
                var buffer = Rent();
                var handedOver = false;
                try
                {
                    var size = await encryptor.FillAsync(buffer.AsMemory(0, upload.Agreed.PartLength), failed.Token);
                    if (!string.Equals(Convert.ToBase64String(MD5.HashData(buffer.AsSpan(0, size))), upload.Agreed.PartMd5s[part], StringComparison.Ordinal))
                        throw Changed();
                    if (upload.ETags[part] is not null)
                    {
                        sent(size);
                        continue;
                    }
                    running.Add(SendPartAsync(upload, part, buffer, size, sent, failed));
                    handedOver = true;
                }
                finally
                {
                    if (!handedOver)
                        Return(buffer);
                }
            }
            if (!encryptor.Ended)
                throw Changed();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A part failed; its own exception comes out of the wait below.
        }
        finally
        {
            await Task.WhenAll(running);
        }
    }

    private async Task SendPartAsync(
        PendingUpload upload, int part, byte[] buffer, int size, Action<long> sent, CancellationTokenSource failed)
    {
        try
        {
            var etag = await http.PutObjectAsync(
                upload.Agreed.Urls.PartUrls[part], buffer.AsMemory(0, size), upload.Agreed.PartMd5s[part], failed.Token);
            upload.PartArrived(part, etag ?? throw new UntrustworthyDataException("The store gave no ETag for a part."));
            sent(size);
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
        finally
        {
            Return(buffer);
        }
    }

    private byte[] Rent() => _buffers.TryTake(out var buffer) ? buffer : new byte[PartLength];

    private void Return(byte[] buffer)
    {
        _buffers.Add(buffer);
        _slots.Release();
    }

    private static void RequireUnchanged(ContentEncryptor encryptor, FileIdentity identity)
    {
        if (!encryptor.Ended)
            throw Changed();
        RequireUnchanged(encryptor.PlainHash, identity);
    }

    private static void RequireUnchanged(string hash, FileIdentity identity)
    {
        if (!string.Equals(hash, identity.Hash, StringComparison.Ordinal))
            throw Changed();
    }

    private static IOException Changed() => new("The file changed while it was being uploaded.");
}
