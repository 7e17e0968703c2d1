using System.Diagnostics;

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>Real photos and videos, made by Debian's ffmpeg.</summary>
internal static class Media
{
    /// <summary>Photos that differ from each other, half of them JPEG and half PNG.</summary>
    public static async Task<IReadOnlyList<string>> PhotosAsync(string directory, int count, string size = "480x360")
    {
        Directory.CreateDirectory(directory);
        var jpegs = (count + 1) / 2;
        // A zoom whose every frame is another, and a counter that moves.
        await RunAsync(["-f", "lavfi", "-i", $"mandelbrot=size={size}:rate=25", "-frames:v", $"{jpegs}", "-q:v", "4", Path.Combine(directory, "zoom-%04d.jpg")]);
        await RunAsync(["-f", "lavfi", "-i", $"testsrc2=size={size}:rate=25", "-frames:v", $"{count - jpegs}", Path.Combine(directory, "pattern-%04d.png")]);
        return [.. Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal)];
    }

    /// <summary>Small photos, whose names begin with a word, for tests that need many and no thumbnails of them.</summary>
    public static async Task<IReadOnlyList<string>> SmallPhotosAsync(string directory, int count, string word, int seed)
    {
        Directory.CreateDirectory(directory);
        await RunAsync(
        [
            "-f", "lavfi", "-i", $"life=size=64x48:rate=25:random_seed={seed}:ratio=0.4", "-frames:v", $"{count}", "-q:v", "4",
            Path.Combine(directory, $"{word}-%04d.jpg"),
        ]);
        return [.. Directory.EnumerateFiles(directory, $"{word}-*").Order(StringComparer.Ordinal)];
    }

    /// <summary>A video that plays, of about the given length: behind its frames is a box of random bytes that players pass over.</summary>
    public static async Task<string> VideoAsync(string path, int bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await RunAsync(["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10", "-t", "3", "-c:v", "mpeg4", "-pix_fmt", "yuv420p", path]);
        await using var video = new FileStream(path, FileMode.Append);
        var size = bytes - (int)video.Length;
        video.Write([(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]);
        video.Write("free"u8);
        var random = new Random(20);
        var chunk = new byte[1 << 20];
        for (var left = size - 8; left > 0; left -= chunk.Length)
        {
            random.NextBytes(chunk);
            video.Write(chunk.AsSpan(0, Math.Min(left, chunk.Length)));
        }
        return path;
    }

    private static async Task RunAsync(string[] arguments)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        }) ?? throw new InvalidOperationException("ffmpeg did not start.");
        var complaint = await ffmpeg.StandardError.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        if (ffmpeg.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg: {complaint}");
    }
}
