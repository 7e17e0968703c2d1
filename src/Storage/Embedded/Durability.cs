using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>What .NET lacks for writes that survive a power cut, and the errors of a full disk.</summary>
internal static partial class Durability
{
    private const int ReadOnlyFlag = 0;
    private const int NoSpace = 28; // ENOSPC, the same number on Linux and macOS
    private static readonly int QuotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122; // EDQUOT

    /// <summary>
    /// Flushes a directory's entries: without it a rename that was answered may be undone by a power cut. Windows orders
    /// its metadata by itself and cannot flush a directory.
    /// </summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;

        var descriptor = Open(path, ReadOnlyFlag);
        if (descriptor < 0)
            throw LastError(path);
        try
        {
            if (Flush(descriptor) != 0)
                throw LastError(path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Whether an I/O error says that the disk or the quota is full.</summary>
    public static bool IsFull(IOException exception) =>
        exception.HResult == NoSpace || exception.HResult == QuotaExceeded
        // Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
        || exception.HResult is unchecked((int)0x80070070) or unchecked((int)0x80070027);

    private static IOException LastError(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot flush directory '{path}': {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
