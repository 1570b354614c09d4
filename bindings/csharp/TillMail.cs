// tillmail for .NET Framework 4.x, .NET 6 and later, and Mono, 32-bit and 64-bit: the calls and their exception.
//
// Each method makes the C call quoted above it: JSON in, JSON out. A code other than MAIL_OK is thrown as
// TillMailException. Threads, blocking and codes are those that tillmail.h tells at each call.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace TillMail
{
    /// <summary>The calls. All may be made from any thread, also at the same time.</summary>
    public static class Mailer
    {
        /// <summary>How long WaitAsync asks at a time: a cancellation is heard as soon.</summary>
        private const int SliceMs = 200;

        // mail_code mail_init(const char *request, char **reply);
        public static string Init(string request = null) { return Call(Native.mail_init, request); }

        // mail_code mail_configure(const char *request, char **reply);
        public static string Configure(string request) { return Call(Native.mail_configure, request); }

        // mail_code mail_settings(const char *request, char **reply);
        public static string Settings(string request = null) { return Call(Native.mail_settings, request); }

        // mail_code mail_presets(const char *request, char **reply);
        public static string Presets(string request = null) { return Call(Native.mail_presets, request); }

        // mail_code mail_verify(const char *request, char **reply);
        public static string Verify(string request = null) { return Call(Native.mail_verify, request); }

        // mail_code mail_save_and_test(const char *request, char **reply);
        public static string SaveAndTest(string request) { return Call(Native.mail_save_and_test, request); }

        // mail_code mail_sign_in(const char *request, char **reply);
        public static string SignIn(string request = null) { return Call(Native.mail_sign_in, request); }

        // mail_code mail_send_receipt(const char *request, char **reply);
        public static string SendReceipt(string request) { return Call(Native.mail_send_receipt, request); }

        // mail_code mail_preview(const char *request, char **reply);
        public static string Preview(string request) { return Call(Native.mail_preview, request); }

        // mail_code mail_send_message(const char *request, char **reply);
        public static string SendMessage(string request) { return Call(Native.mail_send_message, request); }

        // mail_code mail_wait(const char *request, char **reply);
        public static string Wait(string request) { return Call(Native.mail_wait, request); }

        // mail_code mail_journal(const char *request, char **reply);
        public static string Journal(string request = null) { return Call(Native.mail_journal, request); }

        // mail_code mail_health(const char *request, char **reply);
        public static string Health(string request = null) { return Call(Native.mail_health, request); }

        // mail_code mail_retry(const char *request, char **reply);
        public static string Retry(string request) { return Call(Native.mail_retry, request); }

        // mail_code mail_cancel(const char *request, char **reply);
        public static string Cancel(string request) { return Call(Native.mail_cancel, request); }

        // mail_code mail_resend(const char *request, char **reply);
        public static string Resend(string request) { return Call(Native.mail_resend, request); }

        // mail_code mail_erase(const char *request, char **reply);
        public static string Erase(string request) { return Call(Native.mail_erase, request); }

        // mail_code mail_shutdown(const char *request, char **reply);
        public static string Shutdown(string request = null) { return Call(Native.mail_shutdown, request); }

        // const char *mail_version(void);
        public static string Version { get { return Native.Guarded(() => Utf8.Read(Native.mail_version())); } }

        // int32_t mail_abi_version(void);
        public static int AbiVersion { get { return Native.Guarded(() => Native.mail_abi_version()); } }

        // const char *mail_last_error(void);
        /// <summary>The last failure of this thread as a sentence; "" after a success.</summary>
        public static string LastError { get { return Native.Guarded(() => Utf8.Read(Native.mail_last_error())); } }

        /// <summary>
        /// Waits for the outcome of one mail on a thread of its own. Ends as Wait does, and as cancelled soon after the
        /// token says so: the mail itself goes on. A timeout of -1 ms (Timeout.Infinite) has no end.
        /// </summary>
        public static Task<string> WaitAsync(long id, TimeSpan timeout, CancellationToken cancellation)
        {
            var ended = new TaskCompletionSource<string>();
            var endless = timeout.TotalMilliseconds == Timeout.Infinite;
            if (timeout < TimeSpan.Zero && !endless) throw new ArgumentOutOfRangeException(nameof(timeout));
            var waiting = new Thread(() =>
            {
                try
                {
                    ended.TrySetResult(WaitInSlices(id, timeout, endless, cancellation));
                }
                catch (OperationCanceledException)
                {
                    ended.TrySetCanceled();
                }
                catch (Exception failure)
                {
                    ended.TrySetException(failure);
                }
            });
            waiting.IsBackground = true;
            waiting.Name = "TillMail.WaitAsync";
            waiting.Start();
            return ended.Task;
        }

        /// <summary>The same without an end of its own.</summary>
        public static Task<string> WaitAsync(long id, CancellationToken cancellation)
        {
            return WaitAsync(id, TimeSpan.FromMilliseconds(Timeout.Infinite), cancellation);
        }

        private static string WaitInSlices(long id, TimeSpan timeout, bool endless, CancellationToken cancellation)
        {
            var passed = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var left = Math.Max(0, (timeout - passed.Elapsed).TotalMilliseconds);
                var slice = endless ? SliceMs : (int)Math.Min(SliceMs, left);
                var request = string.Format(CultureInfo.InvariantCulture, "{{\"id\":{0},\"timeout_ms\":{1}}}", id, slice);
                try
                {
                    return Wait(request);
                }
                catch (TillMailException failure)
                {
                    if (failure.Code != MailCode.MAIL_E_TIMEOUT || slice < SliceMs) throw;
                }
            }
        }

        private static string Call(Native.Function function, string request)
        {
            return Native.Guarded(() =>
            {
                Native.CheckVersion();
                var text = IntPtr.Zero;
                ReplyHandle reply = null;
                try
                {
                    text = Utf8.Write(request);
                    var code = function(text, out reply);
                    // This thread's next call would replace the sentence.
                    var sentence = code == MailCode.MAIL_OK ? "" : Utf8.Read(Native.mail_last_error());
                    var json = Utf8.Read(reply.DangerousGetHandle());
                    if (code != MailCode.MAIL_OK) throw new TillMailException(code, sentence, json);
                    return json;
                }
                finally
                {
                    if (reply != null) reply.Dispose();
                    Marshal.FreeHGlobal(text);
                }
            });
        }
    }

    /// <summary>A call that gave another code than MAIL_OK. Message is the sentence for the shop owner.</summary>
    public sealed class TillMailException : Exception
    {
        public TillMailException(int code, string sentence, string reply) : base(sentence)
        {
            Code = code;
            Reply = reply;
            Name = Json.Member(reply, "error.name");
            Class = Json.Member(reply, "error.class");
            MailMessage = Json.Member(reply, "error.message");
            Hint = Json.Member(reply, "error.hint");
            Field = Json.Member(reply, "error.field");
        }

        /// <summary>One of MailCode.</summary>
        public int Code { get; private set; }
        /// <summary>The code as tillmail.h spells it.</summary>
        public string Name { get; private set; }
        /// <summary>The kind of trouble, one word to branch on: "request", "state", "disk", "network" ...</summary>
        public string Class { get; private set; }
        /// <summary>What is wrong, without field and hint.</summary>
        public string MailMessage { get; private set; }
        /// <summary>What to do about it; null where there is nothing to add.</summary>
        public string Hint { get; private set; }
        /// <summary>Where in the request; null where it is about no field.</summary>
        public string Field { get; private set; }
        /// <summary>The whole reply: also server's words, steps of Verify, mail of Wait.</summary>
        public string Reply { get; private set; }
    }

    /// <summary>Owns a reply of the library and frees it, also where a thread is aborted.</summary>
    internal sealed class ReplyHandle : SafeHandle
    {
        public ReplyHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid { get { return handle == IntPtr.Zero; } }

        protected override bool ReleaseHandle()
        {
            Native.mail_free(handle);
            return true;
        }
    }

    /// <summary>Texts across the border: .NET Framework has no UTF-8 marshalling.</summary>
    internal static class Utf8
    {
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>A NUL-terminated copy, to be freed with FreeHGlobal; zero for null.</summary>
        public static IntPtr Write(string text)
        {
            if (text == null) return IntPtr.Zero;
            var bytes = Encode(text);
            var copy = Marshal.AllocHGlobal(bytes.Length + 1);
            Marshal.Copy(bytes, 0, copy, bytes.Length);
            Marshal.WriteByte(copy, bytes.Length, 0);
            return copy;
        }

        /// <summary>What the library cannot be given as it is becomes something that it refuses in its own words.</summary>
        private static byte[] Encode(string text)
        {
            try
            {
                // A NUL would cut the request unseen; any other control character is no JSON there either.
                return Strict.GetBytes(text.Replace('\0', '\u0001'));
            }
            catch (EncoderFallbackException)
            {
                // Half a surrogate pair has no UTF-8. This byte is none either.
                return new byte[] { 0xFF };
            }
        }

        public static string Read(IntPtr text)
        {
            if (text == IntPtr.Zero) return "";
            var length = 0;
            while (Marshal.ReadByte(text, length) != 0) length++;
            var bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }
    }
}
