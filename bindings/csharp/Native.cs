// The C functions as they are, and what is said where the library is missing, of the other word size or too old.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Globalization;
using System.Runtime.InteropServices;

namespace TillMail
{
    internal static class Native
    {
        /// <summary>tillmail.dll on Windows, libtillmail.so elsewhere.</summary>
        private const string Library = "tillmail";

        // #define TILLMAIL_ABI_VERSION 1
        internal const int TILLMAIL_ABI_VERSION = 1;

        private static volatile bool versionIsChecked;

        /// <summary>Any call with a request and a reply.</summary>
        internal delegate int Function(IntPtr request, out ReplyHandle reply);

        // mail_code mail_init(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_init(IntPtr request, out ReplyHandle reply);

        // mail_code mail_configure(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_configure(IntPtr request, out ReplyHandle reply);

        // mail_code mail_settings(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_settings(IntPtr request, out ReplyHandle reply);

        // mail_code mail_presets(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_presets(IntPtr request, out ReplyHandle reply);

        // mail_code mail_verify(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_verify(IntPtr request, out ReplyHandle reply);

        // mail_code mail_save_and_test(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_save_and_test(IntPtr request, out ReplyHandle reply);

        // mail_code mail_sign_in(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_sign_in(IntPtr request, out ReplyHandle reply);

        // mail_code mail_send_receipt(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_send_receipt(IntPtr request, out ReplyHandle reply);

        // mail_code mail_preview(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_preview(IntPtr request, out ReplyHandle reply);

        // mail_code mail_send_message(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_send_message(IntPtr request, out ReplyHandle reply);

        // mail_code mail_wait(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_wait(IntPtr request, out ReplyHandle reply);

        // mail_code mail_journal(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_journal(IntPtr request, out ReplyHandle reply);

        // mail_code mail_health(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_health(IntPtr request, out ReplyHandle reply);

        // mail_code mail_retry(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_retry(IntPtr request, out ReplyHandle reply);

        // mail_code mail_cancel(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_cancel(IntPtr request, out ReplyHandle reply);

        // mail_code mail_resend(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_resend(IntPtr request, out ReplyHandle reply);

        // mail_code mail_erase(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_erase(IntPtr request, out ReplyHandle reply);

        // mail_code mail_shutdown(const char *request, char **reply);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_shutdown(IntPtr request, out ReplyHandle reply);

        // void mail_free(char *text);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void mail_free(IntPtr text);

        // const char *mail_version(void);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr mail_version();

        // int32_t mail_abi_version(void);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int mail_abi_version();

        // const char *mail_last_error(void);
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr mail_last_error();

        /// <summary>Says in plain words what the runtime says in its own where the library cannot be used.</summary>
        internal static T Guarded<T>(Func<T> work)
        {
            try
            {
                return work();
            }
            catch (DllNotFoundException failure)
            {
                throw new DllNotFoundException(In(
                    "la bibliothèque tillmail est introuvable : {0} doit se trouver à côté du programme ({1} bits).",
                    "the tillmail library is not found: {0} must lie beside the program ({1} bits)."), failure);
            }
            catch (BadImageFormatException failure)
            {
                throw new BadImageFormatException(In(
                    "la bibliothèque tillmail n'est pas celle de ce programme : il faut {0} en {1} bits.",
                    "the tillmail library is not the one for this program: {0} for {1} bits is needed."), failure);
            }
            catch (EntryPointNotFoundException failure)
            {
                throw TooOld(failure);
            }
        }

        /// <summary>A library older than this file would lack what the file promises.</summary>
        internal static void CheckVersion()
        {
            if (versionIsChecked) return;
            if (mail_abi_version() < TILLMAIL_ABI_VERSION) throw TooOld(null);
            versionIsChecked = true;
        }

        private static EntryPointNotFoundException TooOld(Exception failure)
        {
            return new EntryPointNotFoundException(In(
                "la bibliothèque tillmail ({0}) est plus ancienne que le programme : il faut la remplacer.",
                "the tillmail library ({0}) is older than the program: it must be replaced."), failure);
        }

        private static string In(string french, string english)
        {
            var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr" ? french : english;
            var windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            return string.Format(language, windows ? "tillmail.dll" : "libtillmail.so", IntPtr.Size * 8);
        }
    }
}
