using Ente.Orleans.EventStore;
using Npgsql;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>The <c>db</c> section (api/07 §2.3).</summary>
internal static class DatabaseSettings
{
    /// <summary>PostgreSQL allows 100 connections unless told otherwise; two silos must fit beside its own tools.</summary>
    private const int DefaultPoolSize = 45;

    /// <summary>The connection string, or null without such a section.</summary>
    public static string? Read(Settings settings)
    {
        settings.Int("db.wait-seconds", 60);
        if (!settings.HasSection("db"))
            return null;
        var user = settings.Text("db.user");
        if (string.IsNullOrEmpty(user))
            throw settings.Bad("db.user", "is not set; without any db setting the server runs a PostgreSQL of its own");
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Text("db.host", "localhost"),
            Port = settings.Int("db.port", 5432, 1, 65535),
            Database = settings.Text("db.name", "ente_db"),
            Username = user,
            Password = settings.Text("db.password"),
            SslMode = settings.Word("db.sslmode", "disable", "allow", "prefer", "require", "verify-ca", "verify-full") switch
            {
                "allow" => SslMode.Allow,
                "prefer" => SslMode.Prefer,
                "require" => SslMode.Require,
                "verify-ca" => SslMode.VerifyCA,
                "verify-full" => SslMode.VerifyFull,
                _ => SslMode.Disable,
            },
            MaxPoolSize = settings.Int("db.pool-size", DefaultPoolSize, 5, 1000),
        };
        foreach (var word in settings.Text("db.extra", "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            AddExtra(settings, connection, word);
        return ConnectionDefaults.Apply(connection);
    }

    // The words of libpq that the reference's operators use, in the words of this driver.
    private static void AddExtra(Settings settings, NpgsqlConnectionStringBuilder connection, string word)
    {
        var parts = word.Split('=', 2);
        var keyword = parts[0] switch
        {
            "sslrootcert" => "Root Certificate",
            "sslcert" => "SSL Certificate",
            "sslkey" => "SSL Key",
            "sslpassword" => "SSL Password",
            "connect_timeout" => "Timeout",
            "application_name" => "Application Name",
            "target_session_attrs" => "Target Session Attributes",
            "options" => "Options",
            _ => throw settings.Bad("db.extra", $"has '{parts[0]}', which is not supported"),
        };
        if (parts.Length < 2)
            throw settings.Bad("db.extra", $"has '{word}' without a value");
        try
        {
            connection[keyword] = parts[1].Trim('\'');
        }
        catch (ArgumentException e)
        {
            throw settings.Bad("db.extra", $"has a value for '{parts[0]}' that is not allowed: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
