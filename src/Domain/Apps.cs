namespace Ente.Orleans.Domain;

/// <summary>Which of Ente's apps a request, a token or a collection belongs to (api/01 §A3).</summary>
public static class Apps
{
    public const string Photos = "photos";
    public const string Auth = "auth";
    public const string Locker = "locker";
}

/// <summary>Times are microseconds since the Unix epoch (api/01 §A2).</summary>
public static class Micros
{
    public const long Millisecond = 1_000;
    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>
    /// Stands in a row for the time of the transaction that is going to write it: only the database
    /// knows that time, and puts it in when it writes.
    /// </summary>
    public const long OfThisCommit = -1;

    /// <summary>
    /// The next time of a clock that rises with every use, also within a commit: <paramref name="t"/>, or one
    /// microsecond after <paramref name="last"/> if that is later. While the time is not known yet (<see cref="OfThisCommit"/>),
    /// the k-th use of the clock in this commit is −k, and the database puts in the same when it writes.
    /// </summary>
    public static long After(long last, long t) =>
        t != OfThisCommit ? Math.Max(t, last + 1) : last < 0 ? last - 1 : OfThisCommit;
}
