// tests/contract.json through TillMail.Mailer. The JSON is read by the framework's own reader, which makes XML of it,
// and never by the binding's.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;

namespace TillMail.Tests
{
    internal static class Contract
    {
        /// <summary>The calls by the names that the table has for them; null stands for no request.</summary>
        private static readonly Dictionary<string, Func<string, string>> Calls = new Dictionary<string, Func<string, string>>
        {
            { "mail_init", request => request == null ? Mailer.Init() : Mailer.Init(request) },
            { "mail_configure", Mailer.Configure },
            { "mail_settings", request => request == null ? Mailer.Settings() : Mailer.Settings(request) },
            { "mail_presets", request => request == null ? Mailer.Presets() : Mailer.Presets(request) },
            { "mail_verify", request => request == null ? Mailer.Verify() : Mailer.Verify(request) },
            { "mail_save_and_test", Mailer.SaveAndTest },
            { "mail_sign_in", request => request == null ? Mailer.SignIn() : Mailer.SignIn(request) },
            { "mail_send_receipt", Mailer.SendReceipt },
            { "mail_preview", Mailer.Preview },
            { "mail_send_message", Mailer.SendMessage },
            { "mail_wait", Mailer.Wait },
            { "mail_journal", request => request == null ? Mailer.Journal() : Mailer.Journal(request) },
            { "mail_health", request => request == null ? Mailer.Health() : Mailer.Health(request) },
            { "mail_retry", Mailer.Retry },
            { "mail_cancel", Mailer.Cancel },
            { "mail_resend", Mailer.Resend },
            { "mail_erase", Mailer.Erase },
            { "mail_shutdown", request => request == null ? Mailer.Shutdown() : Mailer.Shutdown(request) },
        };

        private sealed class Answer
        {
            internal string Code, Reply, Sentence;
        }

        internal static void Run(string table, string folder)
        {
            var known = new Dictionary<string, XmlElement>
            {
                { "folder", Text(Path.Combine(folder, "état")) },
                { "mails", Text(Path.Combine(folder, "mails envoyés")) },
            };
            var cases = Members(Read(File.ReadAllText(table, Encoding.UTF8))).Single(member => Name(member) == "cases");
            var called = new HashSet<string>();
            var count = 0;
            foreach (var row in Members(cases))
            {
                Console.WriteLine(Member(row, "name").InnerText);
                called.Add(Member(row, "call").InnerText);
                RunCase(row, known);
                count++;
            }
            Check.True(called.Count == Calls.Count, "every call has its case");
            Console.WriteLine("cases=" + count);
        }

        private static void RunCase(XmlElement row, Dictionary<string, XmlElement> known)
        {
            var name = Member(row, "name").InnerText;
            var raw = Member(row, "raw");
            var request = Member(row, "request");
            var text = request != null ? Written(Filled(request, known)) : raw != null ? raw.InnerText : null;
            var answer = Called(Calls[Member(row, "call").InnerText], text);
            var where = name + ": " + answer.Reply;
            Check.Equal(answer.Code, Member(row, "code").InnerText, where);
            var reply = Read(answer.Reply);
            var wanted = Member(row, "reply");
            if (wanted != null) Check.Equal(Difference(Filled(wanted, known), reply, "reply"), null, where);
            foreach (var member in Members(Member(row, "has")))
                Check.True(Member(reply, member.InnerText) != null, where + ": " + member.InnerText + " is missing");
            foreach (var kept in Members(Member(row, "keep"))) known[kept.InnerText] = Member(reply, Name(kept));
            var sentence = Member(row, "sentence");
            if (sentence != null) Check.Equal(answer.Sentence, Filled(sentence, known).InnerText, where);
            else Check.True((answer.Sentence == "") == (answer.Code == "MAIL_OK"), where + ": " + answer.Sentence);
        }

        private static Answer Called(Func<string, string> call, string request)
        {
            try
            {
                var reply = call(request);
                return new Answer { Code = "MAIL_OK", Reply = reply, Sentence = Mailer.LastError };
            }
            catch (TillMailException failure)
            {
                SaysWhatTheReplySays(failure);
                return new Answer { Code = failure.Name, Reply = failure.Reply, Sentence = failure.Message };
            }
        }

        /// <summary>The exception's values must be those that another JSON reader finds in the reply.</summary>
        private static void SaysWhatTheReplySays(TillMailException failure)
        {
            var error = Member(Read(failure.Reply), "error");
            Check.Equal(failure.Code.ToString(), Member(error, "code").InnerText, "code");
            Check.Equal(failure.Name, TextOf(Member(error, "name")), "name");
            Check.Equal(failure.Class, TextOf(Member(error, "class")), "class");
            Check.Equal(failure.MailMessage, TextOf(Member(error, "message")), "message");
            Check.Equal(failure.Hint, TextOf(Member(error, "hint")), "hint");
            Check.Equal(failure.Field, TextOf(Member(error, "field")), "field");
        }

        private static string TextOf(XmlElement value)
        {
            return Kind(value) == "null" ? null : value.InnerText;
        }

        private static XmlElement Read(string json)
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            var document = new XmlDocument { PreserveWhitespace = true };
            document.Load(JsonReaderWriterFactory.CreateJsonReader(bytes, XmlDictionaryReaderQuotas.Max));
            return document.DocumentElement;
        }

        /// <summary>The value as JSON, as the root of a document of its own.</summary>
        private static string Written(XmlElement value)
        {
            using (var bytes = new MemoryStream())
            {
                using (var writer = JsonReaderWriterFactory.CreateJsonWriter(bytes, new UTF8Encoding(false)))
                    Named("root", value).WriteTo(writer);
                return Encoding.UTF8.GetString(bytes.ToArray());
            }
        }

        private static XmlElement Named(string name, XmlElement value)
        {
            var named = new XmlDocument().CreateElement(name);
            named.SetAttribute("type", Kind(value));
            named.InnerXml = value.InnerXml;
            return named;
        }

        private static XmlElement Text(string text)
        {
            var value = new XmlDocument().CreateElement("text");
            value.SetAttribute("type", "string");
            value.InnerText = text;
            return value;
        }

        private static string Kind(XmlElement value)
        {
            return value.HasAttribute("type") ? value.GetAttribute("type") : "string";
        }

        private static string Name(XmlElement member)
        {
            return member.HasAttribute("item") ? member.GetAttribute("item") : member.LocalName;
        }

        private static XmlElement[] Members(XmlElement value)
        {
            return value == null ? new XmlElement[0] : value.ChildNodes.OfType<XmlElement>().ToArray();
        }

        private static XmlElement Member(XmlElement value, string name)
        {
            return Members(value).FirstOrDefault(member => Name(member) == name);
        }

        /// <summary>A text that is one name becomes the value, a name inside a text its words.</summary>
        private static XmlElement Filled(XmlElement value, Dictionary<string, XmlElement> known)
        {
            var filled = (XmlElement)value.CloneNode(true);
            foreach (XmlElement text in filled.SelectNodes("descendant-or-self::*[@type='string']"))
            {
                foreach (var pair in known)
                {
                    var name = "{" + pair.Key + "}";
                    if (text.InnerText == name) text.SetAttribute("type", Kind(pair.Value));
                    if (text.InnerText.Contains(name)) text.InnerText = text.InnerText.Replace(name, pair.Value.InnerText);
                }
            }
            return filled;
        }

        /// <summary>Where the reply is not what is wanted; null where it is.</summary>
        private static string Difference(XmlElement wanted, XmlElement found, string path)
        {
            if (Kind(wanted) != Kind(found)) return path + ": " + wanted.OuterXml + " is wanted, " + found.OuterXml + " was found";
            if (Kind(wanted) == "object")
                return Members(wanted).Select(member => OfMember(member, Member(found, Name(member)), path)).FirstOrDefault(told => told != null);
            if (Kind(wanted) == "array")
            {
                XmlElement[] ones = Members(wanted), others = Members(found);
                if (ones.Length != others.Length) return path + ": " + ones.Length + " are wanted, " + others.Length + " were found";
                return ones.Select((one, at) => Difference(one, others[at], path + "[" + at + "]")).FirstOrDefault(told => told != null);
            }
            var same = wanted.InnerText == found.InnerText;
            return same ? null : path + ": " + wanted.InnerText + " is wanted, " + found.InnerText + " was found";
        }

        private static string OfMember(XmlElement wanted, XmlElement found, string path)
        {
            var inner = path + "." + Name(wanted);
            return found == null ? inner + " is missing" : Difference(wanted, found, inner);
        }
    }
}
