namespace Ente.Orleans.Api.Users;

/// <summary>How often the process tells whether an address has an account, so that nobody can try many (api/01 §C, §D3).</summary>
internal sealed class Disclosures
{
    /// <summary>Answers to wishes for a one-time code that tell of an account.</summary>
    public HourlyDisclosures OfCodes { get; } = new();

    /// <summary>Answers that an address is not known for a password login.</summary>
    public HourlyDisclosures OfUnknownAddresses { get; } = new();
}

/// <summary>The first 100 in an hour are told, then none.</summary>
internal sealed class HourlyDisclosures
{
    private const int AnHour = 100;
    private readonly Lock gate = new();
    private long since;
    private int told;

    public bool MayTell(long now)
    {
        lock (gate)
        {
            if (now - since > Micros.Hour) (since, told) = (now, 0);
            return ++told <= AnHour;
        }
    }
}
