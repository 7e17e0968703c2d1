namespace Ente.Orleans.Api.Files;

/// <summary>Every route under <c>/files</c> that is served (api/03).</summary>
internal static class FileEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        UploadUrlEndpoints.Map(routes);
        CreateFileEndpoint.Map(routes);
        CreateMetaFileEndpoint.Map(routes);
        CopyFiles.Map(routes);
        UpdateFileEndpoint.Map(routes);
        UpdateThumbnailEndpoint.Map(routes);
        FilesMetadata.Map(routes);
        TrashFilesEndpoint.Map(routes);
        DownloadFile.Map(routes);
        FileSizes.Map(routes);
        PutFileDataEndpoint.Map(routes);
        PutVideoData.Map(routes);
        FileDataStatus.Map(routes);
        FetchFileData.Map(routes);
        FileDataPreview.Map(routes);
    }
}
