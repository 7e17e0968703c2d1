using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Xunit;

namespace Ente.Orleans.EventStore.Tests;

public sealed class EventTypesTests
{
    private enum Plain
    {
        One = 1,
        Two = 2,
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Named>))]
    private enum Named
    {
        One,
        Two,
    }

    private sealed record Sized(string Name, Plain Plain, Named Named, string? Missing, byte[] Bytes);

    private sealed record Named2(string First, string Last, int Age);

    [Fact]
    public void Bodies_have_the_members_as_in_CSharp_and_no_nulls()
    {
        var types = new EventTypes().Map<Sized>("sized");
        var json = types.Write(new Sized("n", Plain.Two, Named.Two, null, [1, 2]));
        Assert.Equal("""{"Name":"n","Plain":2,"Named":"Two","Bytes":"AQI="}""", json);
        Assert.Equivalent(new Sized("n", Plain.Two, Named.Two, null, [1, 2]), types.Read("sized", json));
    }

    [Fact]
    public void Unknown_members_are_ignored()
    {
        var types = new EventTypes().Map<SomethingElseHappened>("e");
        Assert.Equal(new SomethingElseHappened("x"), types.Read("e", """{"Later":{"A":[1]},"What":"x"}"""));
        Assert.Equal(new SomethingElseHappened("\"$v\""), types.Read("e", types.Write(new SomethingElseHappened("\"$v\""))));
    }

    [Fact]
    public void An_alias_and_a_type_are_mapped_once()
    {
        var types = new EventTypes().Map<SomethingHappened>("a");
        Assert.Throws<ArgumentException>(() => types.Map<SomethingElseHappened>("a"));
        Assert.Throws<ArgumentException>(() => types.Map<SomethingHappened>("b"));
        Assert.Throws<ArgumentException>(() => types.Map<SomethingElseHappened>("NotSnake"));
        Assert.Equal(["a"], types.Aliases);
        Assert.Equal("Ente.Orleans.EventStore.Tests.SomethingHappened, Ente.Orleans.EventStore.Tests", types.DotnetTypeOf(typeof(SomethingHappened)));
    }

    [Fact]
    public void What_is_not_mapped_is_named_in_the_error()
    {
        var types = new EventTypes();
        Assert.Equal("gone", Assert.Throws<UnknownEventException>(() => types.Read("gone", "{}")).Alias);
        Assert.Throws<UnknownEventException>(() => types.Write(new SomethingElseHappened("x")));
    }

    [Fact]
    public void Older_shapes_go_through_every_step_to_the_current_one()
    {
        var types = new EventTypes().Map<Named2>("named")
            .Upcast("named", 1, body =>
            {
                var words = body["Name"]!.GetValue<string>().Split(' ');
                return new JsonObject { ["First"] = words[0], ["Last"] = words[1] };
            })
            .Upcast("named", 2, body =>
            {
                body["Age"] = 7;
                return body;
            });

        Assert.Equal(new Named2("Ada", "Lovelace", 7), types.Read("named", """{"Name":"Ada Lovelace"}"""));
        Assert.Equal(new Named2("Ada", "L", 7), types.Read("named", """{"$v":2,"First":"Ada","Last":"L"}"""));
        var current = types.Write(new Named2("Ada", "L", 36));
        Assert.Equal(3, JsonNode.Parse(current)!["$v"]!.GetValue<int>());
        Assert.Equal(new Named2("Ada", "L", 36), types.Read("named", current));
    }

    [Fact]
    public void A_shape_from_the_future_is_refused_not_guessed_at()
    {
        var types = new EventTypes().Map<SomethingElseHappened>("e");
        Assert.Throws<UnknownEventException>(() => types.Read("e", """{"$v":2,"What":"x"}"""));
    }

    [Fact]
    public void Steps_are_added_in_order()
    {
        var types = new EventTypes().Map<SomethingElseHappened>("e");
        Assert.Throws<ArgumentException>(() => types.Upcast("e", 2, b => b));
        Assert.Throws<ArgumentException>(() => types.Upcast("f", 1, b => b));
    }

    [Fact]
    public void A_body_that_does_not_fit_is_an_error()
    {
        var types = new EventTypes().Map<SomethingHappened>("e");
        Assert.Throws<JsonException>(() => types.Read("e", """{"Writer":"no number"}"""));
        Assert.Throws<JsonException>(() => types.Read("e", "null"));
    }
}
