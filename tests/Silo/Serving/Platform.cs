// The embedded PostgreSQL needs Unix; so do these tests.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
