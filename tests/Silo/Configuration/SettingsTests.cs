using Ente.Orleans.Silo.Configuration;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Configuration;

/// <summary>The rules of api/07 §1: which value wins, and how values are read.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Later_files_win_key_by_key_and_lists_are_replaced_whole()
    {
        var settings = Of(["a: {x: 1, y: 2, list: [p, q]}", "A: {Y: 3, list: [r]}"]);
        Assert.Equal("1", settings.Text("a.x"));
        Assert.Equal("3", settings.Text("a.y"));
        Assert.Equal(["r"], settings.List("a.list"));
    }

    [Fact]
    public void A_variable_beats_every_file_and_an_empty_one_counts_as_unset()
    {
        var settings = Of(["s3: {b2-eu-cen: {endpoint: file, region: file}}"], ("ENTE_S3_B2_EU_CEN_ENDPOINT", "variable"), ("ENTE_S3_B2_EU_CEN_REGION", ""));
        Assert.Equal("variable", settings.Text("s3.b2-eu-cen.endpoint"));
        Assert.Equal("file", settings.Text("s3.b2-eu-cen.region"));
    }

    [Fact]
    public void A_bare_key_falls_back_and_an_explicit_empty_text_does_not()
    {
        var settings = Of(["apps: {cast: one, family: one}", "apps: {cast: , family: \"\"}"]);
        Assert.Equal("one", settings.Text("apps.cast"));
        Assert.Equal("", settings.Text("apps.family"));
        Assert.Null(settings.Text("apps.accounts"));
    }

    [Fact]
    public void Lists_of_the_environment_are_split_at_white_space()
    {
        var settings = Of([], ("ENTE_WEBAUTHN_RPORIGINS", "https://a  https://b,c"));
        Assert.Equal(["https://a", "https://b,c"], settings.List("webauthn.rporigins"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("T", true)]
    [InlineData("1", true)]
    [InlineData("False", false)]
    [InlineData("f", false)]
    [InlineData("0", false)]
    public void Booleans(string text, bool expected) => Assert.Equal(expected, Of([$"x: {text}"]).Bool("x", !expected));

    [Theory]
    [InlineData("10 GiB", 10L << 30)]
    [InlineData("2tb", 2_000_000_000_000)]
    [InlineData("\"123\"", 123)]
    public void Sizes(string text, long expected) => Assert.Equal(expected, Of([$"x: {text}"]).Bytes("x"));

    [Theory]
    [InlineData("x: yes", "file0:1: x: 'yes' is neither true nor false")]
    public void A_bad_boolean_is_an_error_with_its_place(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<StartupException>(() => Of([yaml]).Bool("x")).Message);

    [Theory]
    [InlineData("10 GiX")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("99999999999 TiB")]
    public void A_bad_size_is_an_error(string text) => Assert.Throws<StartupException>(() => Of([$"x: {text}"]).Bytes("x"));

    [Fact]
    public void A_number_is_checked_and_its_variable_is_named()
    {
        var settings = Of(["a: 5\nb: [1]\n"], ("ENTE_HTTP_PORT", "80x"));
        Assert.Equal(5, settings.Int("a", 1));
        Assert.Equal(1, settings.Int("c", 1));
        Assert.Equal("ENTE_HTTP_PORT: '80x' is not a whole number", Assert.Throws<StartupException>(() => settings.Int("http.port", 1)).Message);
        Assert.Equal("file0:1: a: '5' is not between 6 and 7", Assert.Throws<StartupException>(() => settings.Int("a", 6, 6, 7)).Message);
        Assert.Equal("file0:2: b must be one value, not a list", Assert.Throws<StartupException>(() => settings.Int("b", 1)).Message);
    }

    [Theory]
    [InlineData("just words")]
    [InlineData("- a\n- b\n")]
    [InlineData("a: [1\n")]
    [InlineData("a: 1\na: 2\n")]
    [InlineData("a: {b: [{c: 1}]}\n? [x]\n: 1\n")]
    public void What_is_no_mapping_is_refused(string yaml) => Assert.Throws<StartupException>(() => Of([yaml]));

    [Fact]
    public void An_empty_file_sets_nothing() => Assert.Null(Of(["", "# only a comment\n"]).Text("x"));

    internal static Settings Of(IReadOnlyList<string> files, params (string Name, string Value)[] environment) => new(
        files.Select((text, i) => YamlFile.Parse(new StringReader(text), $"file{i}")), environment.ToDictionary(v => v.Name, v => v.Value));
}
