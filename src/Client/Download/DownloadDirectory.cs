using System.IO.Compression;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// A directory into which files are downloaded, each under its title, a live photo as its two parts. Nothing appears under its final
/// name before it is complete and verified, and no file that is already there is overwritten: a different one of the same name gets a
/// number, the lower the older its id, and keeps it. Saving the same files again changes nothing and fetches nothing.
/// </summary>
public sealed class DownloadDirectory
{
    private const int HighestNumber = 100_000;

    private readonly Downloader _downloads;
    private readonly string _directory;
    private readonly SavedFiles _saved;
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);

    /// <param name="downloads">Fetches the content.</param>
    /// <param name="directory">Made when it is missing. What a killed process has left in it is removed.</param>
    /// <exception cref="IOException">It cannot be made or written to.</exception>
    public DownloadDirectory(Downloader downloads, string directory)
    {
        _downloads = downloads;
        _directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(_directory);
        Drafts.RemoveAbandoned(_directory);
        _saved = new SavedFiles(_directory);
    }

    /// <summary>Saves many files.</summary>
    /// <param name="files">Which.</param>
    /// <param name="parallel">How many at a time.</param>
    /// <param name="received">Told of encrypted bytes as they are decrypted, from several threads.</param>
    /// <param name="finished">Told of each file with its paths, or with what kept it from being saved; from several threads.</param>
    /// <param name="cancellationToken">Stops as soon as possible; what is complete stays.</param>
    public async Task SaveAllAsync(
        IReadOnlyList<MediaFile> files, int parallel, Action<MediaFile, long> received, Action<MediaFile, IReadOnlyList<string>, Exception?> finished,
        CancellationToken cancellationToken = default)
    {
        foreach (var file in files)
            _claimed.Add(Name(file));
        // Files whose names may clash come one after the other, in one order, so that each gets the same name in every run.
        var groups = files.OrderBy(f => f.Id).GroupBy(f => Path.GetFileNameWithoutExtension(Name(f)), StringComparer.OrdinalIgnoreCase);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(groups, options, async (same, token) =>
        {
            foreach (var file in same)
            {
                try
                {
                    finished(file, await SaveAsync(file, bytes => received(file, bytes), token), null);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    // Whatever is wrong with one file is that file's.
                    finished(file, [], e);
                }
            }
        });
    }

    /// <summary>Saves one file and returns its paths, those of before when it was saved before.</summary>
    /// <exception cref="UntrustworthyDataException">The content is altered, cut, or not the one whose hash the file carries.</exception>
    /// <exception cref="EnteApiException">The server or the store refused.</exception>
    /// <exception cref="IOException">The local disk fails, or is full.</exception>
    public async Task<IReadOnlyList<string>> SaveAsync(MediaFile file, Action<long>? received = null, CancellationToken cancellationToken = default)
    {
        var key = _downloads.KeyOf(file);
        if (_saved.Find(key) is { } before && before.ContentHeader.AsSpan().SequenceEqual(file.ContentHeader) && before.Parts.All(p => p.IsIn(_directory)))
            return PathsOf(before.Parts);
        var parts = await FindByContentAsync(file, key, cancellationToken) ?? await FetchAsync(file, key, received, cancellationToken);
        _saved.Remember(new SavedFile { File = key, ContentHeader = file.ContentHeader, Parts = parts });
        return PathsOf(parts);
    }

    private static string Name(MediaFile file) => FileNames.Safe(file.Title);

    private List<string> PathsOf(IEnumerable<SavedPart> parts) => [.. parts.Select(p => Path.Combine(_directory, p.Name))];

    /// <summary>Files of an earlier run that have the content already and belong to no other file.</summary>
    private async Task<IReadOnlyList<SavedPart>?> FindByContentAsync(MediaFile file, string key, CancellationToken cancellationToken)
    {
        if (file.Hash is null)
            return null;
        var hashes = file.Type == MediaType.LivePhoto ? file.Hash.Split(':') : [file.Hash];
        for (var number = 0; number < HighestNumber; number++)
        {
            var there = Candidates(file, number).ToList();
            // A gap is another's whose file was deleted, or the end.
            if (there.Count == 0 && !IsTaken(FileNames.Numbered(Name(file), number), key, file))
                return null;
            var candidates = there.Where(p => !IsTaken(Path.GetFileName(p), key, file)).ToList();
            var parts = new List<SavedPart>();
            foreach (var hash in hashes)
            {
                if (await FindAsync(candidates, hash, hashes.Length == 1 ? file.Size : null, cancellationToken) is { } path)
                    parts.Add(SavedPart.Of(path));
            }
            if (parts.Count == hashes.Length)
                return parts;
        }
        return null;
    }

    private IEnumerable<string> Candidates(MediaFile file, int number)
    {
        var name = FileNames.Numbered(Name(file), number);
        if (file.Type != MediaType.LivePhoto)
            return new[] { Path.Combine(_directory, name) }.Where(p => FileKinds.Of(p, follow: true) == FileKind.Regular);
        var stem = Path.GetFileNameWithoutExtension(name);
        return Directory.EnumerateFiles(_directory)
            .Where(p => string.Equals(Path.GetFileNameWithoutExtension(p), stem, StringComparison.Ordinal) && FileKinds.Of(p, follow: true) == FileKind.Regular);
    }

    private static async Task<string?> FindAsync(List<string> candidates, string hash, long? size, CancellationToken cancellationToken)
    {
        foreach (var path in candidates)
        {
            await using var content = RegularFile.OpenRead(path);
            if (size is not null && content.Length != size)
                continue;
            if (string.Equals(Convert.ToBase64String(await GenericHash.ComputeAsync(content, cancellationToken)), hash, StringComparison.Ordinal))
                return path;
        }
        return null;
    }

    private async Task<IReadOnlyList<SavedPart>> FetchAsync(MediaFile file, string key, Action<long>? received, CancellationToken cancellationToken)
    {
        var drafts = new List<(FileStream Draft, string Name)>();
        try
        {
            drafts.Add((Drafts.Create(_directory), Name(file)));
            await _downloads.DownloadAsync(file, drafts[0].Draft, received, cancellationToken);
            if (file.Type != MediaType.LivePhoto)
                return MoveIntoPlace(drafts, file, key);
            await UnpackAsync(file, drafts[0].Draft, drafts, cancellationToken);
            return MoveIntoPlace([.. drafts.Skip(1)], file, key);
        }
        finally
        {
            foreach (var (draft, _) in drafts)
            {
                await draft.DisposeAsync();
                File.Delete(draft.Name);
            }
        }
    }

    private async Task UnpackAsync(MediaFile file, FileStream zip, List<(FileStream Draft, string Name)> drafts, CancellationToken cancellationToken)
    {
        try
        {
            zip.Position = 0;
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            var stem = Path.GetFileNameWithoutExtension(Name(file));
            // 08 §8.6: the two entries are known by their prefix; their extensions are the originals'.
            foreach (var part in new[] { LivePhotoZip.Image, LivePhotoZip.Video })
            {
                var entry = archive.Entries.FirstOrDefault(e => e.FullName.StartsWith(part, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UntrustworthyDataException($"The live photo {file.Title} has no {part}.");
                drafts.Add((Drafts.Create(_directory), stem + FileNames.Safe("x" + Path.GetExtension(entry.Name))[1..]));
                await using var source = entry.Open();
                await source.CopyToAsync(drafts[^1].Draft, cancellationToken);
            }
        }
        catch (InvalidDataException e)
        {
            throw new UntrustworthyDataException($"The live photo {file.Title} is not a zip.", e);
        }
    }

    /// <summary>All parts get the same number, the lowest that is free for all; one that was theirs before they get again.</summary>
    private List<SavedPart> MoveIntoPlace(IReadOnlyList<(FileStream Draft, string Name)> drafts, MediaFile file, string key)
    {
        var written = Moment.ToUtc(file.ModificationTime);
        foreach (var (draft, _) in drafts)
        {
            draft.Flush(flushToDisk: true);
            if (file.ModificationTime > 0)
                File.SetLastWriteTimeUtc(draft.SafeFileHandle, written);
        }
        for (var number = 0; number < HighestNumber; number++)
        {
            var names = drafts.Select(d => FileNames.Numbered(d.Name, number)).ToList();
            if (names.TrueForAll(n => !IsTaken(n, key, file)) && TryMove(drafts, names))
                return [.. drafts.Zip(names, (d, name) => SavedPart.Of(d.Draft, name))];
        }
        throw new IOException($"{_directory} has {HighestNumber} files of the name {Name(file)}.");
    }

    /// <summary>Whether a name is another file's: by an earlier run, or by what this run is going to save under its own title.</summary>
    private bool IsTaken(string name, string key, MediaFile file) =>
        _saved.IsTakenByAnother(name, key) || (_claimed.Contains(name) && !string.Equals(name, Name(file), StringComparison.Ordinal));

    private bool TryMove(IReadOnlyList<(FileStream Draft, string Name)> drafts, List<string> names)
    {
        var moved = 0;
        try
        {
            // The check alone would be a race with other programs, and the moves alone could end halfway.
            if (names.Exists(n => Path.Exists(Path.Combine(_directory, n))))
                return false;
            for (; moved < names.Count; moved++)
                File.Move(drafts[moved].Draft.Name, Path.Combine(_directory, names[moved]), overwrite: false);
            return true;
        }
        catch (IOException) when (Path.Exists(Path.Combine(_directory, names[moved])))
        {
            for (var i = 0; i < moved; i++)
                File.Move(Path.Combine(_directory, names[i]), drafts[i].Draft.Name, overwrite: false);
            return false;
        }
    }
}
