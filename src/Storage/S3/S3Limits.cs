using System.Runtime.InteropServices;

namespace Ente.Orleans.Storage.S3;

/// <summary>Sizes, in bytes, from which one request no longer does.</summary>
/// <param name="MaxSinglePut">Larger objects are sent in parts.</param>
/// <param name="MaxSingleCopy">Larger objects are copied in parts.</param>
/// <param name="PartSize">The size of those parts, at least 5 MiB.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct S3Limits(long MaxSinglePut, long MaxSingleCopy, long PartSize)
{
    private const long GiB = 1L << 30;

    /// <summary>S3 ends at 5 GiB for both; parts of 1 GiB are few and still worth repeating alone.</summary>
    public static S3Limits Standard => new(5 * GiB, 5 * GiB, GiB);
}
