using System.Runtime.InteropServices;

namespace Ente.Orleans.Client;

/// <summary>What stands under a path.</summary>
internal enum FileKind
{
    /// <summary>Nothing; also at the end of a link that leads nowhere or in a circle.</summary>
    Missing,

    Regular,
    Directory,
    Link,

    /// <summary>Pipe, socket or device: merely opening it can wait for ever or have an effect.</summary>
    Special,
}

/// <summary>Looks at paths without opening anything. The class library knows no difference between a file and a pipe.</summary>
internal static partial class FileKinds
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WithType = 1;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int StatxSize = 256;

    private const int NoEntry = 2;
    private const int AccessDenied = 13;
    private const int NotADirectory = 20;
    private const int CircularLinks = 40;

    /// <param name="path">Any path.</param>
    /// <param name="follow">Look at what a link leads to instead of at the link.</param>
    /// <exception cref="UnauthorizedAccessException">A directory of the path may not be entered.</exception>
    /// <exception cref="IOException">The file system fails.</exception>
    public static FileKind Of(string path, bool follow)
    {
        if (!OperatingSystem.IsLinux())
            return Portable(path, follow);
        Span<byte> answer = stackalloc byte[StatxSize];
        if (statx(CurrentDirectory, path, follow ? 0 : NoFollow, WithType, ref MemoryMarshal.GetReference(answer)) == 0)
        {
            return (MemoryMarshal.Read<ushort>(answer[ModeOffset..]) & TypeMask) switch
            {
                0x8000 => FileKind.Regular,
                0x4000 => FileKind.Directory,
                0xA000 => FileKind.Link,
                _ => FileKind.Special,
            };
        }
        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            NoEntry or NotADirectory or CircularLinks => FileKind.Missing,
            AccessDenied => throw new UnauthorizedAccessException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}."),
            _ => throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    private static FileKind Portable(string path, bool follow)
    {
        var info = new FileInfo(path);
        if (!follow && info.LinkTarget is not null)
            return FileKind.Link;
        if (Directory.Exists(path))
            return FileKind.Directory;
        if (!File.Exists(path))
            return FileKind.Missing;
        return info.Attributes.HasFlag(System.IO.FileAttributes.Device) ? FileKind.Special : FileKind.Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int directory, string path, int flags, uint mask, ref byte answer);
}

/// <summary>Opens files for reading that are files.</summary>
internal static class RegularFile
{
    /// <summary>Links are followed: length, times and content are those of what they lead to.</summary>
    /// <exception cref="IOException">It is missing or no regular file, which is then not opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRead(string path) => FileKinds.Of(path, follow: true) switch
    {
        FileKind.Regular => File.OpenRead(path),
        FileKind.Missing => throw new FileNotFoundException($"{path} does not exist.", path),
        FileKind.Directory => throw new IOException($"{path} is a directory."),
        _ => throw new IOException($"{path} is no regular file, so it was not opened."),
    };
}
