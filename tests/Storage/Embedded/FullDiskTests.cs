using System.Diagnostics;
using System.Security.Cryptography;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Storage.Tests.Embedded;

/// <summary>A real full file system: a tmpfs of 4 MiB, which only root may mount.</summary>
[NeedsRoot]
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [ProviderFact]
    public async Task A_full_disk_is_reported_as_such_and_leaves_nothing_half_written()
    {
        Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", _directory.Path);
        try
        {
            var store = new EmbeddedStore("embedded", _directory.Path, new CapabilityUrls(new byte[32]));
            var content = RandomNumberGenerator.GetBytes(3 << 20);
            await store.PutAsync("1/a", new MemoryStream(content), content.Length);

            // Known before the body is read.
            var unread = new MemoryStream(content);
            await Assert.ThrowsAsync<StorageFullException>(() => store.PutAsync("1/b", unread, content.Length));
            Assert.Equal(0, unread.Position);
            await Assert.ThrowsAsync<StorageFullException>(() => store.CopyAsync("1/a", "1/c"));

            var upload = await store.StartMultipartAsync("1/e");
            await Assert.ThrowsAsync<StorageFullException>(
                () => store.ReceivePartAsync("1/e", upload, 1, new MemoryStream(content), content.Length, null, null, default));

            Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory.Path, "incoming")));
            Assert.Equal("1/a", Assert.Single(await store.ListAsync().ToListAsync()).Key);
            Assert.InRange((await store.CheckAsync()).FreeBytes!.Value, 0, content.Length);

            // What fits goes on working.
            await store.PutAsync("1/d", new MemoryStream([1]), 1);
        }
        finally
        {
            Run("umount", _directory.Path);
        }
    }

    [ProviderFact]
    public async Task A_part_of_the_disk_stays_free_for_others()
    {
        Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", _directory.Path);
        try
        {
            const long keep = 8 << 20;
            var store = new EmbeddedStore("embedded", _directory.Path, new CapabilityUrls(new byte[32]), keepFree: keep);
            var content = RandomNumberGenerator.GetBytes(3 << 20);
            var stored = 0;
            // Each on its own would fit for a long time yet, and what comes at once is not counted twice.
            for (var full = false; !full; stored++)
            {
                var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(async i =>
                {
                    try
                    {
                        await store.PutAsync($"1/{stored}-{i}", new MemoryStream(content), content.Length);
                        return true;
                    }
                    catch (StorageFullException)
                    {
                        return false;
                    }
                }));
                full = !results.All(r => r);
            }

            Assert.InRange(stored, 2, 3);
            Assert.True(new DriveInfo(_directory.Path).AvailableFreeSpace >= keep - (1 << 20));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory.Path, "incoming")));
            // Announced too large: known before the body is read. What is there can be read and deleted.
            var unread = new MemoryStream(content);
            await Assert.ThrowsAsync<StorageFullException>(() => store.PutAsync("1/x", unread, 17 << 20));
            Assert.Equal(0, unread.Position);
            Assert.True((await store.CheckAsync()).IsHealthy);
            await store.DeleteAsync("1/0-0");
            await store.DeleteAsync("1/0-1");
            await store.PutAsync("1/y", new MemoryStream(content), content.Length);
        }
        finally
        {
            Run("umount", _directory.Path);
        }
    }

    public void Dispose() => _directory.Dispose();

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [AttributeUsage(AttributeTargets.Class)]
    private sealed class NeedsRootAttribute : NeedsAttribute
    {
        public override string? Missing =>
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && CanMount() ? null : "mounting a small file system needs root";

        /// <summary>Root in a container may still be forbidden to mount.</summary>
        private static bool CanMount()
        {
            using var probe = new TemporaryDirectory();
            using var mount = Process.Start("mount", ["-t", "tmpfs", "tmpfs", probe.Path]);
            mount.WaitForExit();
            if (mount.ExitCode != 0)
                return false;
            Run("umount", probe.Path);
            return true;
        }
    }
}
