using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>Cost of turning a password into a key (08 §3.1).</summary>
/// <param name="OpsLimit">Argon2id passes.</param>
/// <param name="MemLimit">Memory in bytes.</param>
public sealed record KdfProfile(long OpsLimit, long MemLimit)
{
    /// <summary>Sign-up and password change: 256 MiB, 16 passes.</summary>
    public static readonly KdfProfile Account = new(16, 256L << 20);

    /// <summary>The least memory that servers accept, with as much work: 128 MiB, 32 passes.</summary>
    public static readonly KdfProfile AccountLittleMemory = new(32, 128L << 20);

    /// <summary>Passwords of public links: 64 MiB, 2 passes.</summary>
    public static readonly KdfProfile Interactive = new(2, 64L << 20);
}

/// <summary>Derives a 32-byte key from a password; Argon2id unless a test needs something faster.</summary>
public delegate byte[] PasswordKdf(string password, byte[] salt, long opsLimit, long memLimit);

/// <summary>A key made from a new password, with what is needed to make it again.</summary>
internal sealed record DerivedKey(byte[] Key, byte[] Salt, KdfProfile Profile)
{
    public static byte[] Argon2id(string password, byte[] salt, long opsLimit, long memLimit) =>
        PasswordHash.Argon2id(password, salt, opsLimit, memLimit);

    /// <summary>With a fresh salt; halves memory and doubles passes once if the machine has too little memory (08 §3.1).</summary>
    public static DerivedKey Create(string password, KdfProfile profile, PasswordKdf kdf)
    {
        var salt = Secrets.RandomBytes(PasswordHash.SaltSize);
        try
        {
            return new DerivedKey(kdf(password, salt, profile.OpsLimit, profile.MemLimit), salt, profile);
        }
        catch (PasswordHashMemoryException) when (profile.MemLimit > KdfProfile.AccountLittleMemory.MemLimit)
        {
            return Create(password, new KdfProfile(profile.OpsLimit * 2, profile.MemLimit / 2), kdf);
        }
    }
}
