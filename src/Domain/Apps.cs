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
}
