// What the binding adds to the C calls: exceptions, UTF-8 by hand, threads, WaitAsync, constants.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Threading;

namespace TillMail.Tests
{
    internal static class Binding
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

        internal static void Run(string folder, string header)
        {
            TheCodesAreThoseOfTheHeader(File.ReadAllText(header));
            JsonTests.Run();
            var opened = Mailer.Init("{\"language\": \"fr\", \"folder\": " + Json.Quote(Path.Combine(folder, "état")) + "}");
            Check.Equal(Json.Member(opened, "version"), Mailer.Version, "version");
            Mailer.Configure("{\"language\": \"fr\", \"sender\": {\"address\": \"boutique@example.fr\", \"name\": \"Café €😀\"}," +
                " \"folder\": {\"path\": " + Json.Quote(Path.Combine(folder, "mails envoyés")) + "}}");
            AccentsComeBackAsTheyWere();
            AnExceptionHasEveryField();
            CallsWithoutARequestHarmNothing();
            WhatIsNoTextIsRefusedNotChanged();
            RepliesAreFreed();
            ThreadsCallBesideEachOther();
            WaitAsyncGivesTheOutcome();
            WaitAsyncEndsInTime();
            WaitAsyncHearsACancellation();
            Mailer.Shutdown("{\"wait_ms\": 10000}");
            Console.WriteLine("done");
        }

        private static void TheCodesAreThoseOfTheHeader(string header)
        {
            var wanted = Regex.Matches(header, @"^#define (MAIL_\w+) (\d+)\r?$", RegexOptions.Multiline).Cast<Match>()
                .ToDictionary(line => line.Groups[1].Value, line => line.Groups[2].Value);
            var found = typeof(MailCode).GetFields(BindingFlags.Public | BindingFlags.Static)
                .ToDictionary(field => field.Name, field => field.GetRawConstantValue().ToString());
            Check.True(wanted.Count > 40, "the header has codes");
            foreach (var pair in wanted)
                Check.Equal(found.ContainsKey(pair.Key) ? found[pair.Key] : null, pair.Value, pair.Key);
            Check.Equal(string.Join(" ", found.Keys.Except(wanted.Keys)), "", "codes that the header has not");
            var version = Regex.Match(header, @"^#define TILLMAIL_ABI_VERSION (\d+)", RegexOptions.Multiline).Groups[1].Value;
            Check.Equal(Native.TILLMAIL_ABI_VERSION.ToString(), version, "TILLMAIL_ABI_VERSION");
            Check.True(Mailer.AbiVersion >= Native.TILLMAIL_ABI_VERSION, "the library is not older");
        }

        private static void AccentsComeBackAsTheyWere()
        {
            Check.Equal(Json.Member(Mailer.Settings(), "settings.sender.name"), "Café €😀", "sender");
        }

        private static void AnExceptionHasEveryField()
        {
            var failure = Check.Thrown<TillMailException>(() => Mailer.SendReceipt(
                "{\"number\": \"1\", \"date\": \"2026-11-22T18:30:00+01:00\", \"text\": \"x\", \"to\": \"client@@example.fr\"}"));
            Check.Equal(failure.Code.ToString(), MailCode.MAIL_E_ADDRESS.ToString(), "Code");
            Check.Equal(failure.Name, "MAIL_E_ADDRESS", "Name");
            Check.Equal(failure.Class, "request", "Class");
            Check.Equal(failure.MailMessage,
                "« client@@example.fr » n'est pas une adresse e-mail valide (exemple : client@exemple.fr).", "MailMessage");
            Check.Equal(failure.Hint, "Vouliez-vous dire client@example.fr ?", "Hint");
            Check.Equal(failure.Field, "to", "Field");
            Check.Equal(failure.Message, "`to` : " + failure.MailMessage + " " + failure.Hint, "Message");
            Check.Equal(Json.Member(failure.Reply, "error.code"), "9", "Reply");
            Check.Equal(Mailer.LastError, failure.Message, "LastError");

            var plain = Check.Thrown<TillMailException>(() => Mailer.Wait("{\"id\": 999999}"));
            Check.Equal(plain.Field, "id", "Field");
            Check.Equal(plain.Class, "state", "Class");

            var bare = new TillMailException(MailCode.MAIL_E_RESOURCES, "no memory", "");
            Check.Equal(bare.Message, "no memory", "Message");
            Check.True(bare.Name == null && bare.Hint == null && bare.Field == null, "an empty reply has no members");
        }

        private static void CallsWithoutARequestHarmNothing()
        {
            var needing = new Func<string, string>[]
            {
                Mailer.Configure, Mailer.SaveAndTest, Mailer.SendReceipt, Mailer.SendMessage, Mailer.Wait, Mailer.Retry,
                Mailer.Cancel, Mailer.Resend, Mailer.Erase,
            };
            foreach (var call in needing)
                Check.Equal(Check.Thrown<TillMailException>(() => call(null)).Name, "MAIL_E_NULL", call.Method.Name);
            var others = new Func<string, string>[] { Mailer.Settings, Mailer.Presets, Mailer.Verify, Mailer.Journal, Mailer.Health };
            foreach (var call in others) Check.True(call(null).StartsWith("{"), call.Method.Name);
        }

        private static void WhatIsNoTextIsRefusedNotChanged()
        {
            var cut = Check.Thrown<TillMailException>(() => Mailer.Configure("{\"sender\": {\"name\": \"Autre\"}}\0garbage"));
            Check.Equal(cut.Name, "MAIL_E_JSON", "a NUL");
            foreach (var half in new[] { "\ud83d", "\ude00", "\ude00\ud83d" })
            {
                var broken = Check.Thrown<TillMailException>(() => Mailer.Configure("{\"sender\": {\"name\": \"" + half + "\"}}"));
                Check.Equal(broken.Name, "MAIL_E_UTF8", "half a surrogate pair");
            }
            var control = Check.Thrown<TillMailException>(
                () => Mailer.Configure("{\"sender\": {\"name\": " + Json.Quote("a\0b") + "}}"));
            Check.Equal(control.Name, "MAIL_E_CONTROL_CHARACTER", "an escaped NUL");
            AccentsComeBackAsTheyWere();
        }

        /// <summary>A reply that stayed would show: each holds the whole table of providers.</summary>
        private static void RepliesAreFreed()
        {
            for (var turn = 0; turn < 200; turn++) Mailer.Presets();
            GC.Collect();
            var before = Resident();
            long bytes = 0;
            for (var turn = 0; turn < 2000; turn++) bytes += Mailer.Presets().Length;
            GC.Collect();
            var grown = Resident() - before;
            Check.True(bytes > 16 << 20, "enough to be seen: " + bytes);
            Check.True(grown < bytes / 2, "memory grew by " + grown + " for replies of " + bytes);
        }

        private static long Resident()
        {
            var line = File.ReadAllLines("/proc/self/status").Single(text => text.StartsWith("VmRSS:"));
            return long.Parse(Regex.Match(line, @"\d+").Value) * 1024;
        }

        /// <summary>Each thread has its own failure, whatever the others do.</summary>
        private static void ThreadsCallBesideEachOther()
        {
            var failures = new List<Exception>();
            var accepted = 0;
            var threads = Enumerable.Range(0, 20).Select(number => new Thread(() =>
            {
                try
                {
                    OneThread("champ" + number, "T-" + number);
                    Interlocked.Increment(ref accepted);
                }
                catch (Exception failure)
                {
                    lock (failures) failures.Add(failure);
                }
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            Check.Equal(string.Join("; ", failures.Select(failure => failure.Message)), "", "threads");
            Check.True(accepted == 20, "all have sent");
        }

        private static void OneThread(string field, string number)
        {
            for (var turn = 0; turn < 20; turn++)
            {
                var failure = Check.Thrown<TillMailException>(() => Mailer.Configure("{\"" + field + "\": 1}"));
                Check.Equal(failure.Field, field, "field");
                Check.True(failure.Message.StartsWith("`" + field + "`"), failure.Message);
            }
            var mail = Mailer.Wait("{\"id\": " + Sent(number) + ", \"timeout_ms\": 60000}");
            Check.Equal(Json.Member(mail, "mail.state"), "sent", "state");
        }

        private static long Sent(string number)
        {
            var reply = Mailer.SendReceipt("{\"number\": " + Json.Quote(number) + ", \"date\": \"2026-11-22T18:30:00+01:00\"," +
                " \"to\": \"client@example.fr\", \"text\": \"CAFÉ 1,00 €\"}");
            return long.Parse(Json.Member(reply, "id"));
        }

        private static void WaitAsyncGivesTheOutcome()
        {
            var waiting = Mailer.WaitAsync(Sent("A-1"), CancellationToken.None);
            Check.True(waiting.Wait(Deadline), "ended");
            Check.Equal(Json.Member(waiting.Result, "mail.state"), "sent", "state");
            var unknown = Mailer.WaitAsync(999999, CancellationToken.None);
            var failure = Check.Thrown<TillMailException>(() => unknown.GetAwaiter().GetResult());
            Check.Equal(failure.Name, "MAIL_E_UNKNOWN_ID", "Name");
            Check.Thrown<ArgumentOutOfRangeException>(() => Mailer.WaitAsync(1, TimeSpan.FromSeconds(-2), CancellationToken.None));
        }

        private static void WaitAsyncEndsInTime()
        {
            using (new NobodyAnswers())
            {
                var id = Sent("A-2");
                foreach (var wait in new[] { 0, 450 })
                {
                    var passed = Stopwatch.StartNew();
                    var waiting = Mailer.WaitAsync(id, TimeSpan.FromMilliseconds(wait), CancellationToken.None);
                    var failure = Check.Thrown<TillMailException>(() => waiting.GetAwaiter().GetResult());
                    Check.Equal(failure.Name, "MAIL_E_TIMEOUT", "Name");
                    Check.True(passed.ElapsedMilliseconds >= wait - 20, "not before " + wait + ": " + passed.ElapsedMilliseconds);
                }
                TakeBack(id);
            }
        }

        private static void WaitAsyncHearsACancellation()
        {
            using (new NobodyAnswers())
            using (var source = new CancellationTokenSource())
            {
                var id = Sent("A-3");
                var waiting = Mailer.WaitAsync(id, source.Token);
                // More than two slices: it goes on asking until somebody says stop.
                Check.True(!waiting.Wait(TimeSpan.FromMilliseconds(500)), "still waiting");
                source.Cancel();
                Check.Thrown<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
                Check.True(waiting.IsCanceled, "cancelled, not failed");
                var state = Json.Member(Mailer.Journal("{\"id\": " + id + "}"), "mail.state");
                Check.True(state == "queued" || state == "sending", "the mail goes on: " + state);
                var late = Mailer.WaitAsync(id, source.Token);
                Check.Thrown<OperationCanceledException>(() => late.GetAwaiter().GetResult());
                TakeBack(id);
            }
        }

        /// <summary>Cancels the mail, once nobody is just trying to send it.</summary>
        private static void TakeBack(long id)
        {
            for (var passed = Stopwatch.StartNew();;)
            {
                try
                {
                    Mailer.Cancel("{\"id\": " + id + "}");
                    return;
                }
                catch (TillMailException failure)
                {
                    if (failure.Code != MailCode.MAIL_E_STATE || passed.Elapsed > Deadline) throw;
                    Thread.Sleep(10);
                }
            }
        }

        /// <summary>Settings that lead to a port where nobody listens, which stays taken meanwhile; then the folder again.</summary>
        private sealed class NobodyAnswers : IDisposable
        {
            private readonly Socket taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            private readonly string folder = Json.Member(Mailer.Settings(), "settings.folder.path");

            internal NobodyAnswers()
            {
                taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                Mailer.Configure("{\"folder\": {\"path\": null}, \"smtp\": {\"host\": \"127.0.0.1\", \"security\": \"none\"," +
                    " \"port\": " + ((IPEndPoint)taken.LocalEndPoint).Port + "}}");
            }

            public void Dispose()
            {
                Mailer.Configure("{\"smtp\": null, \"folder\": {\"path\": " + Json.Quote(folder) + "}}");
                taken.Close();
            }
        }
    }
}
