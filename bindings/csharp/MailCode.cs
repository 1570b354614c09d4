// The codes of include/tillmail.h, under the names they have there; a test holds them equal.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
namespace TillMail
{
    /// <summary>What TillMailException.Code may be.</summary>
    public static class MailCode
    {
        /// <summary>Success.</summary>
        public const int MAIL_OK = 0;
        /// <summary>A pointer is NULL where a value is needed.</summary>
        public const int MAIL_E_NULL = 1;
        /// <summary>The request is not valid UTF-8.</summary>
        public const int MAIL_E_UTF8 = 2;
        /// <summary>The request is not valid JSON.</summary>
        public const int MAIL_E_JSON = 3;
        /// <summary>A field is not known; the sentence names the nearest known one.</summary>
        public const int MAIL_E_UNKNOWN_FIELD = 4;
        /// <summary>A field that is needed is missing.</summary>
        public const int MAIL_E_MISSING_FIELD = 5;
        /// <summary>A field has the wrong JSON type.</summary>
        public const int MAIL_E_TYPE = 6;
        /// <summary>A field's value is refused.</summary>
        public const int MAIL_E_VALUE = 7;
        /// <summary>A CR, LF, NUL or other control character stands where a header or an address is built from.</summary>
        public const int MAIL_E_CONTROL_CHARACTER = 8;
        /// <summary>An e-mail address is refused.</summary>
        public const int MAIL_E_ADDRESS = 9;
        /// <summary>The request, the receipt or an attachment is over a size limit.</summary>
        public const int MAIL_E_TOO_LARGE = 10;
        /// <summary>An attachment cannot be read.</summary>
        public const int MAIL_E_ATTACHMENT = 11;
        /// <summary>An attachment lies outside the folders that the settings allow.</summary>
        public const int MAIL_E_ATTACHMENT_FORBIDDEN = 12;
        /// <summary>The settings do not yet say how to send.</summary>
        public const int MAIL_E_NOT_CONFIGURED = 13;
        /// <summary>The library was shut down; mail_init opens it again.</summary>
        public const int MAIL_E_SHUT_DOWN = 14;
        /// <summary>The library is already open on another folder, store or role.</summary>
        public const int MAIL_E_ALREADY_OPEN = 15;
        /// <summary>There is no mail with this id.</summary>
        public const int MAIL_E_UNKNOWN_ID = 16;
        /// <summary>The wait is over and the outcome is not known yet.</summary>
        public const int MAIL_E_TIMEOUT = 17;
        /// <summary>The outbox holds as many mails as the settings allow.</summary>
        public const int MAIL_E_OUTBOX_FULL = 18;
        /// <summary>The role given to mail_init may not do this: a till neither configures nor erases.</summary>
        public const int MAIL_E_ROLE = 19;
        /// <summary>The mail's state does not allow this.</summary>
        public const int MAIL_E_STATE = 20;
        /// <summary>There is no sale whose receipt could be sent as a test.</summary>
        public const int MAIL_E_NO_SALE = 21;
        /// <summary>The mails that wait fill the space the outbox may take.</summary>
        public const int MAIL_E_OUTBOX_BYTES = 22;
        /// <summary>The journal is full, and no finished mail can make room.</summary>
        public const int MAIL_E_JOURNAL_FULL = 23;
        /// <summary>The process was forked off another one in which the library was in use; only that one may go on with it.</summary>
        public const int MAIL_E_FORKED = 24;
        /// <summary>The system gives no thread, no free file, or not the memory for a request of this size.</summary>
        public const int MAIL_E_RESOURCES = 25;
        /// <summary>The state folder cannot be created or written.</summary>
        public const int MAIL_E_FOLDER = 30;
        /// <summary>The disk is full.</summary>
        public const int MAIL_E_DISK_FULL = 31;
        /// <summary>Reading or writing the disk failed.</summary>
        public const int MAIL_E_DISK = 32;
        /// <summary>The outbox file is damaged.</summary>
        public const int MAIL_E_DAMAGED = 33;
        /// <summary>The outbox file was written by a newer version of the library.</summary>
        public const int MAIL_E_NEWER = 34;
        /// <summary>Another program keeps the outbox file locked.</summary>
        public const int MAIL_E_LOCKED = 35;
        /// <summary>A sealed password cannot be opened on this machine.</summary>
        public const int MAIL_E_SEALED = 36;
        /// <summary>The server cannot be reached.</summary>
        public const int MAIL_E_NETWORK = 50;
        /// <summary>The encrypted connection cannot be trusted or set up.</summary>
        public const int MAIL_E_TLS = 51;
        /// <summary>The login is refused.</summary>
        public const int MAIL_E_AUTH = 52;
        /// <summary>The server does not let this account send from this address.</summary>
        public const int MAIL_E_SENDER = 53;
        /// <summary>The account itself is blocked, full or not authenticated.</summary>
        public const int MAIL_E_ACCOUNT = 54;
        /// <summary>The account's sending limit is reached.</summary>
        public const int MAIL_E_QUOTA = 55;
        /// <summary>The server asks to try later.</summary>
        public const int MAIL_E_TRANSIENT = 56;
        /// <summary>The recipient is refused.</summary>
        public const int MAIL_E_RECIPIENT = 57;
        /// <summary>The content of the mail is refused.</summary>
        public const int MAIL_E_CONTENT = 58;
        /// <summary>The line was lost when the server already had the whole mail.</summary>
        public const int MAIL_E_UNCERTAIN = 59;
        /// <summary>The server's answer makes no sense.</summary>
        public const int MAIL_E_PROTOCOL = 60;
        /// <summary>The mail was cancelled.</summary>
        public const int MAIL_E_CANCELLED = 61;
        /// <summary>The mail was tried for as long as the settings say, and never accepted.</summary>
        public const int MAIL_E_EXPIRED = 62;
        /// <summary>Somebody has to sign in, for the first time or again: mail_sign_in.</summary>
        public const int MAIL_E_SIGN_IN = 63;
        /// <summary>A fault of the library itself; please report it with the sentence.</summary>
        public const int MAIL_E_BUG = 99;
    }
}
