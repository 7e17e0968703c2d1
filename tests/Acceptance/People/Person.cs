using System.Text;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Acceptance.Tests.People;

/// <summary>Somebody with an e-mail address and a password, who can log in on any number of devices.</summary>
internal sealed class Person
{
    private readonly SiloProcess _silo;

    public Person(SiloProcess silo, string name)
    {
        _silo = silo;
        var unique = Secrets.RandomAlphanumeric(8, "abcdefghijkmnpqrstuvwxyz");
        Email = $"{name}.{unique}{SiloProcess.Domain}";
        Password = $"correct horse of {name}, {unique}";
        silo.Secrets.Add("address", Email);
        silo.Secrets.Add("password", Password);
    }

    /// <summary>Takes no time; the real one is tested by vectors, and with the verbs.</summary>
    public static PasswordKdf FastKdf { get; } = (password, salt, ops, mem) =>
        KeyedHash.Compute(Encoding.UTF8.GetBytes($"{password}/{ops}/{mem}"), [.. salt, .. salt]);

    public string Email { get; }

    public string Password { get; }

    /// <summary>Makes the account; the device is its first.</summary>
    public async Task<Device> SignUpAsync() => await ConnectAsync(async http =>
    {
        var account = await new AccountFlows(http, FastKdf).SignUpAsync(Email, Password, new FixedCode());
        _silo.Secrets.Add("recovery key", account.RecoveryMnemonic);
        return account.Session;
    });

    /// <summary>A further device.</summary>
    public async Task<Device> LogInAsync() =>
        await ConnectAsync(http => new AccountFlows(http, FastKdf).LogInAsync(Email, Password, new FixedCode()));

    private async Task<Device> ConnectAsync(Func<EnteClient, Task<Session>> enter)
    {
        var network = new Wiretap(_silo);
        using var http = new EnteClient(_silo.Address, Device.OptionsOver(network));
        var session = await enter(http);
        _silo.Secrets.Add("token", session.Token);
        _silo.Secrets.Add("master key", session.MasterKey);
        _silo.Secrets.Add("secret key", session.Keys.SecretKey);
        return new Device(_silo, session, network);
    }

    private sealed class FixedCode : IAccountPrompts
    {
        public Task<string> EmailCodeAsync(string email, bool isLogged, CancellationToken cancellationToken) => Task.FromResult(SiloProcess.Code);

        public Task<string> TotpCodeAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("No second factor was set up.");

        public Task PasskeyAsync(Uri page, CancellationToken cancellationToken) => throw new InvalidOperationException("No passkey was set up.");
    }
}
