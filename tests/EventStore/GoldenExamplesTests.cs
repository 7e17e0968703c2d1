using System.Text.Json.Nodes;
using Ente.Orleans.Testing;
using Xunit;

namespace Ente.Orleans.EventStore.Tests;

public sealed class GoldenExamplesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("golden").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Examples_that_say_all_and_read_back_are_well()
    {
        Write("something_happened", """{"Number": 2, "Writer": 1, "Note": "n"}""");
        Write("something_else_happened", """{"What":"x"}""");
        Assert.Empty(new GoldenExamples(Samples.Types(), _folder).Problems());
    }

    [Fact]
    public void A_missing_example_an_alias_that_is_gone_a_lost_member_and_an_unreadable_one_are_told()
    {
        Write("gone", "{}");
        Write("something_happened", """{"Number":2,"Writer":1,"Renamed":"n"}""");
        Write("something_happened.2", """{"Number":"two"}""");
        var problems = new GoldenExamples(Samples.Types(), _folder).Problems();
        Assert.Collection(
            problems,
            p => Assert.StartsWith("something_else_happened: there is no", p),
            p => Assert.StartsWith("gone: no type", p),
            p => Assert.StartsWith("something_happened: read and written again", p),
            p => Assert.StartsWith("something_happened.2: it cannot be read", p));
    }

    [Fact]
    public void An_older_shape_is_well_when_it_can_be_brought_up_to_date()
    {
        var types = new EventTypes().Map<SomethingElseHappened>("e").Upcast("e", 1, b => new JsonObject { ["What"] = b["Old"]?.DeepClone() });
        Write("e", """{"$v":2,"What":"x"}""");
        Write("e.1", """{"Old":"x"}""");
        Assert.Empty(new GoldenExamples(types, _folder).Problems());
        Assert.NotEmpty(new GoldenExamples(new EventTypes().Map<SomethingElseHappened>("e"), _folder).Problems());
    }

    private void Write(string name, string json) => File.WriteAllText(Path.Combine(_folder, name + ".json"), json);
}
