namespace Ente.Orleans.Api.Files;

/// <summary>GET and POST of upload URLs, and the question before it (api/03 §6).</summary>
internal static class UploadUrlEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/files/upload-eligibility", Eligibility).Requires(Requirement.Storage);
        routes.MapGet("/files/upload-urls", (HttpContext http, Caller caller, UploadUrls urls, CancellationToken c) =>
            urls.ManyAsync(http, caller.UserId, caller.App, c)).Requires(Requirement.Storage).Limited(500);
        routes.MapPost("/files/upload-url", Checked).Requires(Requirement.Storage).Limited(500);
        routes.MapGet("/files/multipart-upload-urls", Multipart).Requires(Requirement.Storage).Limited(500);
        routes.MapPost("/files/multipart-upload-url", CheckedMultipart).Requires(Requirement.Storage).Limited(500);
    }

    private static async Task<IResult> Eligibility(Caller caller, UploadUrls urls, CancellationToken cancellation) =>
        await urls.RefusedAsync(caller.UserId, caller.App, null, cancellation) ?? Answers.Empty;

    private static async Task<IResult> Checked(
        Body<CheckedUpload> body, HttpContext http, Caller caller, UploadUrls urls, CancellationToken cancellation) =>
        body.Value.IsValid ? await urls.CheckedAsync(body.Value, http, caller.UserId, caller.App, cancellation) : Answers.BadRequest;

    private static async Task<IResult> Multipart(HttpContext http, Caller caller, UploadUrls urls, CancellationToken cancellation) =>
        UploadUrls.IsPartCount(http) ? await urls.MultipartAsync(http, caller.UserId, caller.App, cancellation) : Answers.BadRequest;

    private static async Task<IResult> CheckedMultipart(
        Body<CheckedMultipartUpload> body, HttpContext http, Caller caller, UploadUrls urls, CancellationToken cancellation) =>
        body.Value.IsValid ? await urls.CheckedMultipartAsync(body.Value, http, caller.UserId, caller.App, cancellation) : Answers.BadRequest;
}
