using Xunit;

namespace Ente.Orleans.Storage.Tests;

public sealed class ObjectOriginTests
{
    [Theory]
    [InlineData("http://192.168.1.2:8080", "http://192.168.1.2:8080")]
    [InlineData("https://Photos.Example.org/", "https://photos.example.org")]
    [InlineData("https://photos.example.org:443", "https://photos.example.org")]
    [InlineData("http://[fd00::1]:8080", "http://[fd00::1]:8080")]
    [InlineData("http://[::1]", "http://[::1]")]
    [InlineData("http://localhost:3200", "http://localhost:3200")]
    public void Origins_are_read(string text, string value) => Assert.Equal(value, ObjectOrigin.Parse(text).Value);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("photos.example.org")]
    [InlineData("ftp://photos.example.org")]
    [InlineData("https://photos.example.org/path")]
    [InlineData("https://photos.example.org//")]
    [InlineData("https://user@photos.example.org")]
    [InlineData("https://photos.example.org?x")]
    [InlineData("https://photos.example.org#x")]
    [InlineData("https://photos.example.org\r\nX: y")]
    [InlineData("https://photos.example.org\\evil")]
    [InlineData("https://photos.example.org:99999")]
    [InlineData("https://")]
    [InlineData("https://a b")]
    [InlineData("http://fd00::1:8080")]
    public void Anything_else_is_refused(string? text) => Assert.Null(ObjectOrigin.TryParse(text));
}
