using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ente.Orleans.Silo.Serving;

/// <summary>Traces and metrics of this process, sent by OTLP while this object lives.</summary>
internal sealed class Telemetry : IDisposable
{
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    public Telemetry(Uri endpoint)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("ente-orleans", serviceVersion: Build.Version);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Ente.Orleans.*", "Npgsql")
            .AddOtlpExporter(o => Target(o, endpoint, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            // The framework's own meters name routes, never paths.
            .AddMeter("Ente.Orleans.*", "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddOtlpExporter(o => Target(o, endpoint, "v1/metrics"))
            .Build();
    }

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }

    // Port 4318 is OTLP over HTTP by convention, 4317 gRPC. The standard variable for the protocol wins.
    private static void Target(OtlpExporterOptions options, Uri endpoint, string httpPath)
    {
        var protocol = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL");
        var http = protocol is "http/protobuf" || (string.IsNullOrEmpty(protocol) && endpoint.Port == 4318);
        options.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = http ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + httpPath) : endpoint;
    }
}
