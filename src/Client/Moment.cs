namespace Ente.Orleans.Client;

/// <summary>
/// Times as the protocol has them, microseconds since 1970 in UTC. They come out of images, side-cars, file systems and other
/// people's albums, where any number can stand: what leaves this class can be shown in every zone and written to every file.
/// </summary>
internal static class Moment
{
    // A year away from what a DateTime can hold, so that no offset of a zone leads out of it.
    private static readonly DateTime Earliest = new(2, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = new(9998, 12, 31, 0, 0, 0, DateTimeKind.Utc);

    // Before photography, or a clock that was never set.
    private static readonly DateTime EarliestPhoto = new(1826, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static long FromUtc(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A local time with its offset, in microseconds.</summary>
    public static long From(DateTime local, TimeSpan offset) => FromUtc(local) - offset.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The nearest time that can be shown.</summary>
    public static long Clamp(long microseconds) => Math.Clamp(microseconds, FromUtc(Earliest), FromUtc(Latest));

    public static DateTime ToUtc(long microseconds) =>
        new(DateTime.UnixEpoch.Ticks + Clamp(microseconds) * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    /// <summary>Whether a photo can be of that time, whatever the zone; else it has none.</summary>
    public static bool IsPlausible(DateTime time) => time > EarliestPhoto && time < Latest;

    /// <summary>When an open file was last written to. File systems keep times that no calendar here has.</summary>
    public static long LastWrite(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        try
        {
            return Clamp(FromUtc(File.GetLastWriteTimeUtc(file)));
        }
        catch (ArgumentOutOfRangeException)
        {
            return FromUtc(Latest);
        }
    }
}
