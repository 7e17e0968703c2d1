using Ente.Orleans.Api;
using Ente.Orleans.Silo.Configuration;
using Npgsql;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Configuration;

/// <summary>What the reference's keys (api/07 §2) and ours come to.</summary>
public sealed class SiloOptionsReaderTests
{
    private const string Buckets = """
        s3:
          are_local_buckets: true
          b2-eu-cen: {key: k, secret: s, endpoint: "localhost:3200", region: eu-central-2, bucket: b2-eu-cen}
          wasabi-eu-central-2-v3: {key: k, secret: s, endpoint: "localhost:3200", region: eu-central-2, bucket: w, compliance: false}
          scw-eu-fr-v3: {key: k, secret: s, endpoint: "localhost:3200", region: eu-central-2, bucket: ""}
        """;

    [Fact]
    public void No_configuration_is_a_working_configuration()
    {
        var options = Read("");
        Assert.Equal(8080, options.Port);
        Assert.Equal(Path.GetFullPath("data"), options.DataDirectory);
        Assert.Null(options.Database);
        Assert.Null(options.S3);
        Assert.Null(options.Smtp);
        Assert.Null(options.Tls);
        Assert.Null(options.OtlpEndpoint);
        Assert.Empty(options.Remarks);
        Assert.Equal(new SecretTexts(null, null, null), options.Secrets);
        Assert.Equal(45, Api(options).DeletionDelayDays);
    }

    [Fact]
    public void The_command_line_beats_a_variable_and_a_variable_beats_the_file()
    {
        Assert.Equal(1001, Read("http: {port: 1001}").Port);
        Assert.Equal(1002, Read("http: {port: 1001}", ("ENTE_HTTP_PORT", "1002")).Port);
        var settings = SettingsTests.Of(["http: {port: 1001}\ndata: /one"], ("ENTE_HTTP_PORT", "1002"));
        var options = SiloOptionsReader.Read(settings, new CommandLine(1003, "/three", null), new Dictionary<string, string>());
        Assert.Equal(1003, options.Port);
        Assert.Equal("/three", options.DataDirectory);
    }

    [Fact]
    public void A_database_elsewhere()
    {
        var options = Read("db: {host: pg, port: 5433, name: ente, user: u, password: \"p ;='x\", sslmode: verify-full, extra: sslrootcert=/ca.pem}");
        var connection = new NpgsqlConnectionStringBuilder(options.Database);
        Assert.Equal(("pg", 5433, "ente", "u", "p ;='x"), (connection.Host, connection.Port, connection.Database, connection.Username, connection.Password));
        Assert.Equal(SslMode.VerifyFull, connection.SslMode);
        Assert.Equal("/ca.pem", connection.RootCertificate);
    }

    [Fact]
    public void A_database_from_the_environment_alone() =>
        Assert.Equal("postgres", new NpgsqlConnectionStringBuilder(Read("", ("ENTE_DB_USER", "u"), ("ENTE_DB_HOST", "postgres")).Database).Host);

    [Theory]
    [InlineData("db: {host: pg}", "db.user is not set")]
    [InlineData("db: {user: u, sslmode: maybe}", "db.sslmode: 'maybe' is none of")]
    [InlineData("db: {user: u, extra: keepalives=1}", "db.extra has 'keepalives', which is not supported")]
    [InlineData("http: {port: 0}", "http.port: '0' is not between 1 and 65535")]
    [InlineData("http: {use-tls: true}", "http.use-tls needs credentials/tls.cert, which is not there")]
    [InlineData("public-url: photos.example.org/x", "public-url 'photos.example.org/x' is not an origin")]
    [InlineData("smtp: {host: mail.example.org}", "smtp.email is not set")]
    [InlineData("smtp: {host: mail.example.org, email: team}", "smtp.email 'team' is not an e-mail address")]
    [InlineData("internal: {admins: [one]}", "internal.admins: 'one' is not a whole number")]
    [InlineData("internal: {hardcoded-ott: {emails: [a@b.c]}}", "internal.hardcoded-ott.emails has an item")]
    [InlineData("internal: {trusted-proxies: [home]}", "internal.trusted-proxies 'home' is neither")]
    [InlineData("s3: {b2-eu-cen: {key: k}}", "s3.b2-eu-cen.bucket is not set")]
    [InlineData("s3: {b2-eu-cen: {bucket: b}}", "s3.b2-eu-cen.endpoint is not set, but s3.b2-eu-cen.bucket is")]
    [InlineData("s3: {b2-eu-cen: {bucket: b, key: k, secret: s, endpoint: 'host/path'}}", "s3.b2-eu-cen.endpoint 'host/path' is not a host")]
    [InlineData("s3: {derived-storage: b5, b2-eu-cen: {bucket: b, key: k, secret: s, endpoint: h}}", "s3.derived-storage names 'b5'")]
    [InlineData("s3: {hot_storage: {primary: b9}, b2-eu-cen: {bucket: b, key: k, secret: s, endpoint: h}}", "s3.hot_storage.primary names 'b9'")]
    [InlineData("telemetry: {otlp-endpoint: here}", "telemetry.otlp-endpoint (or OTEL_EXPORTER_OTLP_ENDPOINT): 'here' is not a URL")]
    [InlineData("webauthn: {rpid: 'https://example.org'}", "webauthn.rpid 'https://example.org' is not a domain")]
    [InlineData("webauthn: {rpid: 192.168.1.5}", "webauthn.rpid '192.168.1.5' is not a domain")]
    [InlineData("webauthn: {rporigins: [example.org]}", "webauthn.rporigins has 'example.org', which is not an origin")]
    [InlineData("webauthn: {rporigins: ['https://example.org/accounts']}", "webauthn.rporigins has 'https://example.org/accounts', which is not an origin")]
    [InlineData("log-level: loud", "log-level: 'loud' is none of")]
    public void A_mistake_is_one_line_that_names_its_key(string yaml, string message)
    {
        var complaint = Assert.Throws<StartupException>(() => Read(yaml)).Message;
        Assert.Contains(message, complaint);
        Assert.DoesNotContain('\n', complaint);
    }

    [Fact]
    public void Buckets_under_their_fixed_names()
    {
        var s3 = Read(Buckets).S3!;
        Assert.Equal(["b2-eu-cen", "wasabi-eu-central-2-v3"], s3.Buckets.Keys.Order());
        Assert.Equal(("b2-eu-cen", "b2-eu-cen"), (s3.Hot, s3.Derived));
        Assert.True(s3.Buckets["b2-eu-cen"].PathStyle);
        Assert.True(s3.Buckets["b2-eu-cen"].DisableSsl);
        Assert.Empty(Read(Buckets).Remarks);
    }

    [Fact]
    public void Another_hot_bucket_needs_both_names()
    {
        Assert.Equal("b2-eu-cen", Read(Buckets + "\n  hot_storage: {primary: wasabi-eu-central-2-v3}").S3!.Hot);
        Assert.Equal("wasabi-eu-central-2-v3", Read(Buckets + "\n  hot_storage: {primary: wasabi-eu-central-2-v3, secondary: b2-eu-cen}").S3!.Hot);
    }

    [Fact]
    public void Mail()
    {
        var smtp = Read("smtp: {host: mail.example.org, email: team@example.org, encryption: TLS, username: u, password: p}").Smtp!;
        Assert.Equal(("mail.example.org", 465, true, true), (smtp.Host, smtp.Port, smtp.ImplicitTls, smtp.Authenticates));
        Assert.Equal(587, Read("smtp: {host: mail.example.org, email: team@example.org}").Smtp!.Port);
        Assert.DoesNotContain("p", smtp.ToString().Replace("example", ""));
    }

    [Fact]
    public void The_conformance_settings()
    {
        var options = Api(Read("""
            internal:
              silent: true
              admins: [1580559962386438]
              hardcoded-ott: {emails: ["Ada@example.net, 111111"], local-domain-suffix: "@example.org", local-domain-value: "123456"}
            apps: {public-albums: "http://localhost:3002/", public-memories: http://localhost:3010}
            free-plan-storage: 5 GiB
            trash-days: 7
            """));
        Assert.Equal([1580559962386438], options.Admins);
        Assert.Equal(("@example.org", "123456"), (options.LocalDomainSuffix, options.LocalDomainCode));
        Assert.Equal("111111", options.HardcodedCodes["ada@example.net"]);
        Assert.Equal("http://localhost:3002", options.Apps.PublicAlbums);
        Assert.Equal(5L << 30, options.FreePlanStorage);
        Assert.Equal(7, options.TrashDays);
    }

    [Theory]
    [InlineData("", "accounts.ente.com", "https://accounts.ente.com")]
    [InlineData("apps: {accounts: 'http://localhost:3001/'}", "localhost", "http://localhost:3001")]
    [InlineData("apps: {accounts: 'https://me.example.org/accounts'}", "me.example.org", "https://me.example.org")]
    [InlineData("webauthn: {rpid: example.org}\napps: {accounts: 'https://me.example.org'}", "example.org", "https://me.example.org")]
    [InlineData("webauthn: {rpid: example.org, rporigins: ['https://a.example.org/', 'http://example.org:3001']}", "example.org", "https://a.example.org http://example.org:3001")]
    [InlineData("webauthn: {rpid: localhost, rporigins: ['http://localhost:3001', 'android:apk-key-hash:AbC-_d']}", "localhost", "http://localhost:3001 android:apk-key-hash:AbC-_d")]
    public void Passkeys_are_made_for_the_accounts_app_unless_said_otherwise(string yaml, string id, string origins)
    {
        var options = Read(yaml);
        Assert.Empty(options.Remarks);
        Assert.Equal(id, Api(options).RelyingParty.Id);
        Assert.Equal(origins, string.Join(' ', Api(options).RelyingParty.Origins));
    }

    [Fact]
    public void Passkeys_from_the_environment()
    {
        var party = Api(Read("", ("ENTE_WEBAUTHN_RPID", "example.org"), ("ENTE_WEBAUTHN_RPORIGINS", "https://a.example.org https://b.example.org"))).RelyingParty;
        Assert.Equal("example.org", party.Id);
        Assert.Equal(["https://a.example.org", "https://b.example.org"], party.Origins);
    }

    [Theory]
    [InlineData("webauthn: {rpid: example.org, rporigins: ['https://a.example.org', 'https://notexample.org']}", "Passkeys cannot be used at https://notexample.org")]
    [InlineData("webauthn: {rpid: a.example.org, rporigins: ['https://example.org']}", "Passkeys cannot be used at https://example.org")]
    [InlineData("apps: {accounts: 'http://192.168.1.5:3001'}", "Passkeys cannot be used: they need an accounts app at a domain, and 192.168.1.5 is none")]
    public void Passkeys_that_no_browser_would_use_are_remarked(string yaml, string remark) =>
        Assert.StartsWith(remark, Assert.Single(Read(yaml).Remarks));

    [Fact]
    public void Codes_for_a_domain_are_for_the_local_environment_only()
    {
        const string yaml = "internal: {hardcoded-ott: {local-domain-suffix: \"@example.org\", local-domain-value: \"123456\"}}";
        Assert.Equal("", Api(Read(yaml, ("ENVIRONMENT", "production"))).LocalDomainSuffix);
        Assert.Equal("@example.org", Api(Read(yaml, ("ENVIRONMENT", "local"))).LocalDomainSuffix);
    }

    [Fact]
    public void A_misspelt_key_is_remarked_and_a_known_one_without_use_is_not()
    {
        var options = Read("smpt: {host: x}\nstripe: {us: {key: x}}\nreplication: {enabled: false}\ninternal: {silnt: true}\n");
        Assert.Equal(
            ["The setting internal.silnt is not known and has no effect", "The setting smpt.host is not known and has no effect"], options.Remarks);
    }

    private static SiloOptions Read(string yaml, params (string Name, string Value)[] environment) => SiloOptionsReader.Read(
        SettingsTests.Of([yaml], environment), new CommandLine(null, null, null), environment.ToDictionary(v => v.Name, v => v.Value));

    private static ApiOptions Api(SiloOptions options) => options.Api(new InstanceSecrets([], [], []));
}
