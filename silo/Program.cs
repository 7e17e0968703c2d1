Console.WriteLine("ente-orleans");
