using System.Diagnostics;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// What of the disk may still be written to. A part stays free for those who share it, above all for the database: an upload ends
/// before that part begins. Nothing is reserved for what was only announced.
/// </summary>
internal sealed class FreeSpace(string root, long keep)
{
    private const long AskAgainAfterBytes = 8 << 20;
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly DriveInfo _drive = new(root);
    private readonly Lock _gate = new();
    private long _asked;
    private long _available;
    private long _writtenSince;

    /// <summary>Requires room for so many more bytes; to be asked before they are written.</summary>
    /// <exception cref="StorageFullException">They would leave less free than is to be kept.</exception>
    public void Require(long bytes)
    {
        lock (_gate)
        {
            // Whether there is room is asked now and then; that there is none is never said from memory.
            var isOld = _writtenSince + bytes > AskAgainAfterBytes || Stopwatch.GetElapsedTime(_asked) > AskAgainAfter;
            if (isOld || Left(bytes) < keep)
                (_asked, _available, _writtenSince) = (Stopwatch.GetTimestamp(), _drive.AvailableFreeSpace, 0);
            if (Left(bytes) < keep)
                throw new StorageFullException($"There is no room for {bytes} bytes beside the {keep} that stay free.");
        }
    }

    private long Left(long bytes) => _available - _writtenSince - bytes;

    /// <summary>Requires room for bytes that are written now.</summary>
    /// <exception cref="StorageFullException">They would leave less free than is to be kept.</exception>
    public void Take(int bytes)
    {
        Require(bytes);
        lock (_gate)
            _writtenSince += bytes;
    }
}
