namespace Ente.Orleans.Silo;

/// <summary>What the process's exit code tells.</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The work failed; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;
}
