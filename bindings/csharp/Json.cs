// The little JSON that a till needs beside the calls; no other assembly is asked for.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Globalization;
using System.Text;

namespace TillMail
{
    /// <summary>For programs without a JSON library: one value out of a reply, one text into a request.</summary>
    public static class Json
    {
        /// <summary>
        /// One value of a reply: Member(reply, "mail.state"), Member(reply, "mails.0.id"). A text comes without its quotes,
        /// anything else as it is written; null for JSON's null, and where there is no such member.
        /// </summary>
        public static string Member(string json, string path)
        {
            return new Reader(json ?? "").Find(path);
        }

        /// <summary>The text as a JSON string, with its quotes; null becomes JSON's null.</summary>
        public static string Quote(string text)
        {
            if (text == null) return "null";
            var quoted = new StringBuilder("\"");
            foreach (var letter in text)
            {
                if (letter == '"' || letter == '\\') quoted.Append('\\');
                if (letter >= ' ') quoted.Append(letter);
                else quoted.AppendFormat(CultureInfo.InvariantCulture, "\\u{0:x4}", (int)letter);
            }
            return quoted.Append('"').ToString();
        }

        /// <summary>Reads JSON strictly (RFC 8259) and keeps what one path leads to.</summary>
        private sealed class Reader
        {
            /// <summary>The library's replies nest less than ten deep; a stack has its limits.</summary>
            private const int Deepest = 100;

            private readonly string json;
            private int at;
            private bool found;
            private string value;

            internal Reader(string json)
            {
                this.json = json;
            }

            internal string Find(string path)
            {
                var whole = Value(path, 0);
                Space();
                return whole && at == json.Length ? value : null;
            }

            /// <summary>`path` is what is still to be followed, null for what lies beside it.</summary>
            private bool Value(string path, int depth)
            {
                if (depth > Deepest) return false;
                Space();
                var start = at;
                var wanted = path == "" && !found;
                var text = new StringBuilder();
                if (!Any(wanted ? null : path, depth, text)) return false;
                if (!wanted) return true;
                found = true;
                if (json[start] == '"') value = text.ToString();
                else if (json[start] != 'n') value = json.Substring(start, at - start);
                return true;
            }

            private bool Any(string path, int depth, StringBuilder text)
            {
                switch (Next())
                {
                    case '{': return Object(path, depth);
                    case '[': return List(path, depth);
                    case '"': return Text(text);
                    case 't': return Word("true");
                    case 'f': return Word("false");
                    case 'n': return Word("null");
                    default: return Number();
                }
            }

            private bool Object(string path, int depth)
            {
                at++;
                if (Skip('}')) return true;
                do
                {
                    var name = new StringBuilder();
                    Space();
                    if (Next() != '"' || !Text(name) || !Skip(':')) return false;
                    if (!Value(After(path, name.ToString()), depth + 1)) return false;
                } while (Skip(','));
                return Skip('}');
            }

            private bool List(string path, int depth)
            {
                at++;
                if (Skip(']')) return true;
                var index = 0;
                do
                {
                    var name = index++.ToString(CultureInfo.InvariantCulture);
                    if (!Value(After(path, name), depth + 1)) return false;
                } while (Skip(','));
                return Skip(']');
            }

            /// <summary>What is left of the path behind this name; null where it leads elsewhere.</summary>
            private static string After(string path, string name)
            {
                if (path == null || !path.StartsWith(name, StringComparison.Ordinal)) return null;
                if (path.Length == name.Length) return "";
                return path[name.Length] == '.' ? path.Substring(name.Length + 1) : null;
            }

            private bool Text(StringBuilder text)
            {
                for (at++; at < json.Length;)
                {
                    var letter = json[at++];
                    if (letter == '"') return true;
                    if (letter < ' ') return false;
                    if (letter != '\\') text.Append(letter);
                    else if (!Escape(text)) return false;
                }
                return false;
            }

            private bool Escape(StringBuilder text)
            {
                const string letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
                var letter = Next();
                at++;
                if (letter == 'u') return Unicode(text);
                var which = letters.IndexOf(letter);
                if (which >= 0) text.Append(meanings[which]);
                return which >= 0;
            }

            /// <summary>One or, for surrogates, two groups of four digits. Half a pair is no character.</summary>
            private bool Unicode(StringBuilder text)
            {
                char high, low;
                if (!FourDigits(out high) || char.IsLowSurrogate(high)) return false;
                text.Append(high);
                if (!char.IsHighSurrogate(high)) return true;
                if (string.CompareOrdinal(json, at, "\\u", 0, 2) != 0) return false;
                at += 2;
                if (!FourDigits(out low) || !char.IsLowSurrogate(low)) return false;
                text.Append(low);
                return true;
            }

            private bool FourDigits(out char code)
            {
                code = '\0';
                if (json.Length - at < 4) return false;
                for (var last = at + 4; at < last; at++)
                {
                    var digit = "0123456789abcdef".IndexOf(char.ToLowerInvariant(json[at]));
                    if (digit < 0) return false;
                    code = (char)(code * 16 + digit);
                }
                return true;
            }

            private bool Number()
            {
                if (Next() == '-') at++;
                if (Next() == '0') at++;
                else if (!Digits()) return false;
                if (Next() == '.')
                {
                    at++;
                    if (!Digits()) return false;
                }
                if (Next() != 'e' && Next() != 'E') return true;
                at++;
                if (Next() == '+' || Next() == '-') at++;
                return Digits();
            }

            private bool Digits()
            {
                var start = at;
                while (Next() >= '0' && Next() <= '9') at++;
                return at > start;
            }

            private bool Word(string word)
            {
                var here = string.CompareOrdinal(json, at, word, 0, word.Length) == 0;
                at += word.Length;
                return here;
            }

            private void Space()
            {
                while (Next() == ' ' || Next() == '\t' || Next() == '\n' || Next() == '\r') at++;
            }

            private bool Skip(char letter)
            {
                Space();
                if (Next() != letter) return false;
                at++;
                return true;
            }

            /// <summary>NUL at the end; a NUL in the text is no JSON either.</summary>
            private char Next()
            {
                return at < json.Length ? json[at] : '\0';
            }
        }
    }
}
