using System.ComponentModel;
using System.Diagnostics;

namespace Ente.Orleans.Client;

/// <summary>A JPEG for the grid of an album; <c>IsPlaceholder</c> when none could be made of the file itself.</summary>
public sealed record Thumbnail(byte[] Jpeg, bool IsPlaceholder);

/// <summary>
/// Thumbnails of 720 pixels on the longer side (08 §8.4), made by the programs <c>vipsthumbnail</c> (images) and <c>ffmpeg</c>
/// (video frames, and images that vips cannot read). Without them, or for files they cannot read, a black placeholder.
/// </summary>
public sealed class ThumbnailMaker
{
    private const int TargetSize = 102400;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<byte[]> Placeholder = new(ReadPlaceholder);

    private readonly string? _vips;
    private readonly string? _ffmpeg;
    private readonly string _directory;

    /// <summary>Uses the programs found in <c>PATH</c>.</summary>
    public ThumbnailMaker()
        : this(Find("vipsthumbnail"), Find("ffmpeg"))
    {
    }

    /// <summary>Uses the given programs, null for one that is not to be used, and a directory for passing files.</summary>
    public ThumbnailMaker(string? vipsthumbnail, string? ffmpeg, string? directory = null)
    {
        _directory = directory ?? Path.GetTempPath();
        _vips = vipsthumbnail;
        _ffmpeg = ffmpeg;
    }

    /// <summary>How to get what is missing, in one line; null when nothing is.</summary>
    public string? Hint => (_vips, _ffmpeg) switch
    {
        (null, null) => "For thumbnails install the Debian packages libvips-tools (photos) and ffmpeg (videos).",
        (null, _) => "For better thumbnails of photos install the Debian package libvips-tools.",
        (_, null) => "For thumbnails of videos install the Debian package ffmpeg.",
        _ => null,
    };

    /// <summary>Never fails on account of the file: what cannot be shown gets the placeholder.</summary>
    /// <exception cref="IOException">
    /// There is no room for a thumbnail here. The file would have a black one for ever, so it has to wait.
    /// </exception>
    public async Task<Thumbnail> CreateAsync(string path, MediaType type, CancellationToken cancellationToken = default)
    {
        var source = Path.GetFullPath(path);
        var target = Path.Combine(_directory, $"ente-orleans-{Guid.NewGuid():N}.jpg");
        try
        {
            var jpeg = type == MediaType.Video
                ? await FrameAsync(source, target, second: 1, cancellationToken) ?? await FrameAsync(source, target, second: 0, cancellationToken)
                : await ImageAsync(source, target, cancellationToken) ?? await FrameAsync(source, target, second: 0, cancellationToken);
            if (jpeg is not null)
                return new Thumbnail(jpeg, IsPlaceholder: false);
            // The programs do not say whether it was the picture or the disk.
            if (_vips is not null || _ffmpeg is not null)
                await File.WriteAllBytesAsync(target, new byte[TargetSize], cancellationToken);
            return new Thumbnail(Placeholder.Value, IsPlaceholder: true);
        }
        finally
        {
            File.Delete(target);
        }
    }

    /// <summary>Quality 70, then 60 and 50 while above 100 KiB and while a step still saves a tenth.</summary>
    private async Task<byte[]?> ImageAsync(string source, string target, CancellationToken cancellationToken)
    {
        // vips reads a name that ends in brackets as a name with options.
        if (_vips is null || source.EndsWith(']'))
            return null;
        byte[]? best = null;
        foreach (var quality in new[] { 70, 60, 50 })
        {
            if (best is { Length: <= TargetSize })
                break;
            // "strip" drops the embedded data: place and camera belong into the encrypted metadata only.
            string[] arguments = [source, "--size", "720x720", "--export-profile", "srgb", "-o", $"{target}[Q={quality},strip]"];
            var jpeg = await RunAsync(_vips, arguments, target, cancellationToken);
            if (jpeg is null || (best is not null && jpeg.Length > best.Length * 9 / 10))
                break;
            best = jpeg;
        }
        return best;
    }

    private async Task<byte[]?> FrameAsync(string source, string target, int second, CancellationToken cancellationToken) =>
        _ffmpeg is null
            ? null
            : await RunAsync(
                _ffmpeg,
                [
                    "-v", "error", "-nostdin", "-ss", $"{second}", "-i", "file:" + source, "-frames:v", "1", "-map_metadata", "-1",
                    "-vf", "scale=720:720:force_original_aspect_ratio=decrease:force_divisible_by=2", "-q:v", "5", "-y", target,
                ],
                target,
                cancellationToken);

    /// <summary>The bytes the program wrote to <paramref name="target"/>; null when it failed, wrote nothing or took too long.</summary>
    private static async Task<byte[]?> RunAsync(string program, string[] arguments, string target, CancellationToken cancellationToken)
    {
        File.Delete(target);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new Win32Exception($"{program} did not start.");
        }
        catch (Win32Exception)
        {
            // Removed or made unusable since it was found: as if it were not installed.
            return null;
        }
        using (process)
        {
            try
            {
                process.StandardInput.Close();
                await Task.WhenAll(
                    process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token),
                    process.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token),
                    process.WaitForExitAsync(limit.Token));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
                return null;
            }
            if (process.ExitCode != 0 || !File.Exists(target))
                return null;
            var jpeg = await File.ReadAllBytesAsync(target, cancellationToken);
            return jpeg.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? jpeg : null;
        }
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    private static byte[] ReadPlaceholder()
    {
        using var stream = typeof(ThumbnailMaker).Assembly.GetManifestResourceStream("placeholder.jpg")
            ?? throw new InvalidOperationException("The placeholder thumbnail is missing from the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
