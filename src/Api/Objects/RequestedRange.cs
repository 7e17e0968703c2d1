using Microsoft.Net.Http.Headers;

namespace Ente.Orleans.Api.Objects;

/// <summary>What a Range header means for an object of a given size (RFC 9110 §14).</summary>
internal abstract record RequestedRange
{
    /// <summary>These bytes.</summary>
    public sealed record Part(long Offset, long Length) : RequestedRange;

    /// <summary>None of the object's bytes: 416.</summary>
    public sealed record Outside : RequestedRange;

    /// <summary>Null for the whole object: no range, several of them, another unit than bytes, or nothing one can read.</summary>
    public static RequestedRange? Read(RangeHeaderValue? header, long size)
    {
        if (header is not { Ranges: { Count: 1 } ranges } || !header.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase))
            return null;

        var range = ranges.Single();
        // "-n": the last n bytes.
        var from = range.From ?? Math.Max(0, size - range.To.GetValueOrDefault());
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? long.MaxValue, size - 1);
        return from >= size || (range.From is null && range.To == 0)
            ? new Outside()
            : new Part(from, to - from + 1);
    }
}
