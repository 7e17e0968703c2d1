namespace Ente.Orleans.Domain.Collections;

/// <summary>How long the lists of files in commands may be; whoever reads a list from outside stops there.</summary>
public static class FileLists
{
    /// <summary>At most so many files in one command (api/02 §8).</summary>
    public const int Most = 1000;

    /// <summary>At most so many files deleted from the trash at once (api/03 §10).</summary>
    public const int MostDeleted = 2500;

    /// <summary>At most so many files copied at once.</summary>
    public const int MostCopied = 100;

    /// <summary>At most so many files whose public metadata are changed at once.</summary>
    public const int MostPublicChanges = 10_000;
}
