// Stands for a till in C#: configures the library, sends one receipt, tells what became of it.
//     Till FOLDER RECEIPT.json      FOLDER is absolute; mails are written to FOLDER/mails, nothing is sent
// TILLMAIL_SMTP_URL, TILLMAIL_FROM, TILLMAIL_TO and TILLMAIL_CA_FILE send for real, as in till.c.
using System;
using System.IO;
using TillMail;

internal static class Till
{
    private static string Variable(string name, string otherwise = null)
    {
        return Json.Quote(Environment.GetEnvironmentVariable(name) ?? otherwise);
    }

    private static int Main(string[] arguments)
    {
        try
        {
            if (arguments.Length != 2) throw new ArgumentException("usage: Till FOLDER RECEIPT.json");
            string folder = arguments[0], url = Variable("TILLMAIL_SMTP_URL"), nobody = "client@example.com";
            var mails = url == "null" ? Path.Combine(folder, "mails") : null;
            Mailer.Init("{\"language\": \"fr\", \"folder\": " + Json.Quote(Path.Combine(folder, "state")) + "}");
            Mailer.Configure("{\"sender\": {\"name\": \"Au Fournil de Mélusine\", \"address\": " +
                Variable("TILLMAIL_FROM", "boutique@example.com") + "}, \"folder\": {\"path\": " + Json.Quote(mails) +
                "}, \"smtp\": {\"url\": " + url + ", \"ca_file\": " + Variable("TILLMAIL_CA_FILE") + "}}");
            var receipt = File.ReadAllText(arguments[1]);
            if (mails == null) receipt = receipt.Replace(Json.Quote(nobody), Variable("TILLMAIL_TO", nobody));
            var id = Json.Member(Mailer.SendReceipt(receipt), "id");
            Console.WriteLine("on disk as mail " + id);
            Console.WriteLine("state: " + Json.Member(Mailer.Wait("{\"id\": " + id + ", \"timeout_ms\": 60000}"), "mail.state"));
            Mailer.Shutdown();
            return 0;
        }
        catch (Exception failure) // A TillMailException also has Code, Field, Hint; others: the library is missing.
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}
