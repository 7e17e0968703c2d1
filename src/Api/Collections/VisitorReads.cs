using Ente.Orleans.Api.Files;

namespace Ente.Orleans.Api.Collections;

/// <summary>An album as those see it who come without an account: visitors of its public link and receivers (api/02 §13, api/04 §6.3).</summary>
internal sealed class VisitorReads(FileQueries files, ObjectUrls urls, ApiOptions options)
{
    /// <summary>The files that changed after <c>sinceTime</c>, which is required.</summary>
    public async Task WriteDiffAsync(HttpContext http, long collectionId, CancellationToken cancellation)
    {
        if (Query.Number(http, "sinceTime") is not { } since)
        {
            await Answers.Bad("sinceTime is required").ExecuteAsync(http);
            return;
        }

        var page = await files.DiffPageAsync(collectionId, since, cancellation);
        await FileJson.WriteDiffAsync(
            http, files.DiffAsync(collectionId, page, options.Budget.Piece, cancellation), page.HasMore, FileJson.WriteForVisitor, cancellation);
    }

    /// <summary>307 to an object of the file in the path; 403 for a file that is not in the album.</summary>
    public async Task<IResult> RedirectAsync(HttpContext http, string type, long collectionId, CancellationToken cancellation)
    {
        var id = Query.PathNumber(http, "fileID");
        if (!await IsInAsync(collectionId, id, cancellation)) return Answers.Forbidden;
        return await files.FindAsync(id, cancellation) is { } file ? urls.Download(file, type, http) : Answers.NotFound;
    }

    public async Task<bool> IsInAsync(long collectionId, long fileId, CancellationToken cancellation) =>
        await files.MembershipAsync(collectionId, fileId, cancellation) is { IsDeleted: false };
}
