/* tillmail: e-mails receipts from point-of-sale software.
 *
 * One shape for every call: JSON in, code out, JSON reply out. Texts are UTF-8 and NUL-terminated,
 * whatever the host's code page. What a call puts into `reply` is freed with mail_free(); on failure
 * it holds {"error": {"code", "name", "class", "message", "hint", "field", "step", "smtp"}}.
 * Functions are cdecl on Windows. No call prints, none changes signal handlers, locale, working folder
 * or floating-point settings of the host, and none needs another to be called first.
 *
 * A thread with a stack of 64 KiB may call (128 KiB on Windows); a signal handler may not. Besides the codes named
 * at each call, every one may give MAIL_E_RESOURCES (no thread or no memory to be had), MAIL_E_BUG, and
 * MAIL_E_FORKED: in the child of a fork() of a process in which the library was open or a call was under way.
 *
 * Made by cbindgen from src/; do not edit. SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef TILLMAIL_H
#define TILLMAIL_H


#if defined(_MSC_VER) && _MSC_VER < 1600
typedef __int32 int32_t;
#else
#include <stdint.h>
#endif

/* The interface this header describes; compare with mail_abi_version(). */
#define TILLMAIL_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Answer of every call: `MAIL_OK` or one of the `MAIL_E_` codes.
 */
typedef int32_t mail_code;

/**
 * Success.
 */
#define MAIL_OK 0

/**
 * A pointer is NULL where a value is needed.
 */
#define MAIL_E_NULL 1

/**
 * The request is not valid UTF-8.
 */
#define MAIL_E_UTF8 2

/**
 * The request is not valid JSON.
 */
#define MAIL_E_JSON 3

/**
 * A field is not known; the sentence names the nearest known one.
 */
#define MAIL_E_UNKNOWN_FIELD 4

/**
 * A field that is needed is missing.
 */
#define MAIL_E_MISSING_FIELD 5

/**
 * A field has the wrong JSON type.
 */
#define MAIL_E_TYPE 6

/**
 * A field's value is refused.
 */
#define MAIL_E_VALUE 7

/**
 * A CR, LF, NUL or other control character stands where a header or an address is built from.
 */
#define MAIL_E_CONTROL_CHARACTER 8

/**
 * An e-mail address is refused.
 */
#define MAIL_E_ADDRESS 9

/**
 * The request, the receipt or an attachment is over a size limit.
 */
#define MAIL_E_TOO_LARGE 10

/**
 * An attachment cannot be read.
 */
#define MAIL_E_ATTACHMENT 11

/**
 * An attachment lies outside the folders that the settings allow.
 */
#define MAIL_E_ATTACHMENT_FORBIDDEN 12

/**
 * The settings do not yet say how to send.
 */
#define MAIL_E_NOT_CONFIGURED 13

/**
 * The library was shut down; `mail_init` opens it again.
 */
#define MAIL_E_SHUT_DOWN 14

/**
 * The library is already open on another folder, store or role.
 */
#define MAIL_E_ALREADY_OPEN 15

/**
 * There is no mail with this id.
 */
#define MAIL_E_UNKNOWN_ID 16

/**
 * The wait is over and the outcome is not known yet.
 */
#define MAIL_E_TIMEOUT 17

/**
 * The outbox holds as many mails as the settings allow.
 */
#define MAIL_E_OUTBOX_FULL 18

/**
 * The role given to `mail_init` may not do this: a till neither configures nor erases.
 */
#define MAIL_E_ROLE 19

/**
 * The mail's state does not allow this.
 */
#define MAIL_E_STATE 20

/**
 * There is no sale whose receipt could be sent as a test.
 */
#define MAIL_E_NO_SALE 21

/**
 * The mails that wait fill the space the outbox may take.
 */
#define MAIL_E_OUTBOX_BYTES 22

/**
 * The journal is full, and no finished mail can make room.
 */
#define MAIL_E_JOURNAL_FULL 23

/**
 * The process was forked off another one in which the library was in use; only that one may go on with it.
 */
#define MAIL_E_FORKED 24

/**
 * The system gives no thread, no free file, or not the memory for a request of this size.
 */
#define MAIL_E_RESOURCES 25

/**
 * The state folder cannot be created or written.
 */
#define MAIL_E_FOLDER 30

/**
 * The disk is full.
 */
#define MAIL_E_DISK_FULL 31

/**
 * Reading or writing the disk failed.
 */
#define MAIL_E_DISK 32

/**
 * The outbox file is damaged.
 */
#define MAIL_E_DAMAGED 33

/**
 * The outbox file was written by a newer version of the library.
 */
#define MAIL_E_NEWER 34

/**
 * Another program keeps the outbox file locked.
 */
#define MAIL_E_LOCKED 35

/**
 * A sealed password cannot be opened on this machine.
 */
#define MAIL_E_SEALED 36

/**
 * The server cannot be reached.
 */
#define MAIL_E_NETWORK 50

/**
 * The encrypted connection cannot be trusted or set up.
 */
#define MAIL_E_TLS 51

/**
 * The login is refused.
 */
#define MAIL_E_AUTH 52

/**
 * The server does not let this account send from this address.
 */
#define MAIL_E_SENDER 53

/**
 * The account itself is blocked, full or not authenticated.
 */
#define MAIL_E_ACCOUNT 54

/**
 * The account's sending limit is reached.
 */
#define MAIL_E_QUOTA 55

/**
 * The server asks to try later.
 */
#define MAIL_E_TRANSIENT 56

/**
 * The recipient is refused.
 */
#define MAIL_E_RECIPIENT 57

/**
 * The content of the mail is refused.
 */
#define MAIL_E_CONTENT 58

/**
 * The line was lost when the server already had the whole mail.
 */
#define MAIL_E_UNCERTAIN 59

/**
 * The server's answer makes no sense.
 */
#define MAIL_E_PROTOCOL 60

/**
 * The mail was cancelled.
 */
#define MAIL_E_CANCELLED 61

/**
 * The mail was tried for as long as the settings say, and never accepted.
 */
#define MAIL_E_EXPIRED 62

/**
 * Somebody has to sign in, for the first time or again: `mail_sign_in`.
 */
#define MAIL_E_SIGN_IN 63

/**
 * A fault of the library itself; please report it with the sentence.
 */
#define MAIL_E_BUG 99

/**
 * Opens the library: state folder, store, role and language.
 *
 * Optional: the first other call opens the default folder as back office of store "1". After a mail_init()
 * that failed, the other calls answer with its failure until one succeeds. The same
 * opening twice is one; another one needs mail_shutdown() first. Starts the worker thread, which
 * sends what waits in the folder.
 *
 * request   NULL, or JSON: folder, store, role ("back_office" or "till"), language ("fr" or "en").
 * reply     NULL, or where to put the reply: folder, store, role, version; freed with mail_free().
 *
 * Returns:  MAIL_OK once the folder is open.
 * Errors:   MAIL_E_JSON and the other request codes, MAIL_E_ALREADY_OPEN, MAIL_E_FOLDER, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_DAMAGED, MAIL_E_NEWER, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a disk read; at the first opening for a few writes; where a damaged outbox is set aside, for as long as reading what is left of it takes.
 */
mail_code mail_init(const char *request,
                    char **reply);

/**
 * Merges settings into the saved ones (RFC 7396), checks the whole and saves it, or saves nothing.
 *
 * Takes effect at once, also in the other processes on the same folder; paused accounts go on.
 * Passwords are sealed before they are written. docs/settings.schema.json lists every field.
 *
 * request   the settings to change as JSON; null deletes a setting; UTF-8, NUL-terminated; borrowed for the call only.
 * reply     NULL, or where to put the reply: version, configured, missing, cleaned (passwords that lost pasted spaces), warnings (what of a shop's message is not sent); freed with mail_free().
 *
 * Returns:  MAIL_OK once the settings are on disk.
 * Errors:   MAIL_E_UNKNOWN_FIELD, MAIL_E_TYPE, MAIL_E_VALUE, MAIL_E_ADDRESS, MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_ROLE, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_configure(const char *request,
                         char **reply);

/**
 * Shows the settings in force for a store, secrets masked, with where each value came from.
 *
 * request   NULL, or JSON: store.
 * reply     NULL, or where to put the reply: settings, sources ("store", "application", "preset", "default"), accounts, proposal, version, configured, missing; freed with mail_free().
 *
 * Returns:  MAIL_OK.
 * Errors:   the request codes, MAIL_E_DISK.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a disk read.
 */
mail_code mail_settings(const char *request,
                        char **reply);

/**
 * Lists the mail providers that `smtp.preset` may name, with what the user has to prepare; guesses the one of an address.
 *
 * A file presets.json in the state folder replaces the table; docs/presets.schema.json lists its fields.
 * With lookup, the domain name system is asked about a domain that the table does not know: its mail exchangers, then the
 * submission server that it names itself. Where guess.confirm is true, a person has to agree to the server first.
 *
 * request   NULL, or JSON: address, id, lookup (default false), deadline_ms (of the lookup, default 5000).
 * reply     NULL, or where to put the reply: presets; guess with found_by ("id", "domain", "mx", "srv") and advice for the address, dns where it was asked (checked, mx, srv, message), warnings; warning where the file was refused; freed with mail_free().
 *
 * Returns:  MAIL_OK, also when no provider is known for the address (guess is null then), or no name server answered (dns.checked is false).
 * Errors:   the request codes, MAIL_E_VALUE, MAIL_E_ADDRESS; with lookup MAIL_E_RESOURCES.
 * Threads:  any thread, also at the same time; with lookup not the one that draws the screen.
 * Blocks:   for a disk read; with lookup for the network, until deadline_ms at most.
 */
mail_code mail_presets(const char *request,
                       char **reply);

/**
 * Tries the settings step by step, without saving and without sending: name, connect, TLS, EHLO, login, sender and recipient.
 *
 * With domain, it then looks at what the sender's domain says about its mails: SPF, DMARC, and with dkim_selector DKIM.
 * Each has state ("ok", "missing", "wrong", "not_checked"), record, message and hint; none makes the call fail.
 *
 * request   NULL, or JSON: settings (merged over the saved ones for this call), store, account, to (default: the sender), deadline_ms (default 45000), domain (default false), dkim_selector.
 * reply     NULL, or where to put the reply: steps with their milliseconds, transcript without secrets; with domain also domain; on failure also error, with cause and cure; freed with mail_free().
 *
 * Returns:  MAIL_OK where a receipt would be taken.
 * Errors:   MAIL_E_NOT_CONFIGURED, MAIL_E_NETWORK, MAIL_E_TLS, MAIL_E_AUTH, MAIL_E_SENDER, MAIL_E_ACCOUNT, MAIL_E_QUOTA, MAIL_E_TRANSIENT, MAIL_E_RECIPIENT, MAIL_E_PROTOCOL, and those of mail_configure for the settings given.
 * Threads:  any thread, also at the same time; not the one that draws the screen.
 * Blocks:   for the network, until deadline_ms at most.
 */
mail_code mail_verify(const char *request,
                      char **reply);

/**
 * Saves settings, then sends a test marked as such and waits for its outcome.
 *
 * The test is the receipt of the first sale made with the replication service's number, or, for a
 * user's account, a confirmation to its own address. It counts as no emission.
 *
 * request   JSON: settings, store, account, to (the test address), receipt (the first sale's; default: the first one sent), deadline_ms (default 45000).
 * reply     NULL, or where to put the reply: version, configured, missing, mail; also on failure, with error; freed with mail_free().
 *
 * Returns:  MAIL_OK once the server has taken the test.
 * Errors:   MAIL_E_NO_SALE where there is no sale to send (the settings are saved), MAIL_E_ROLE, MAIL_E_TIMEOUT, those of mail_configure, and the reason where the test fails, as mail_wait gives it.
 * Threads:  any thread, also at the same time; not the one that draws the screen.
 * Blocks:   for the network, until deadline_ms at most.
 */
mail_code mail_save_and_test(const char *request,
                             char **reply);

/**
 * Signs an account in with its provider (OAuth 2), where passwords are not taken any more; then tells how that stands.
 *
 * Starts the sign-in and returns what to show: a short code and an address, which the owner types on a phone, or an
 * address for a browser on this machine. The library waits for the owner in the background and keeps the tokens sealed;
 * calling again tells the state. docs/OAUTH.md shows the settings and the screens.
 *
 * request   NULL, or JSON: action ("start", "state", "cancel", "sign_out"; default: the state, and a start where there is none), flow ("device_code" or "browser"), settings (merged over the saved ones for this call; back office only), store, account, deadline_ms (default 45000), wait_ms (default 0).
 * reply     NULL, or where to put the reply: state ("none", "waiting", "signed_in", "declined", "expired", "cancelled", "failed"), flow, user, message (the sentence to show), user_code, verification_uri, verification_uri_complete, browser_url, expires_at; on failure also error; freed with mail_free().
 *
 * Returns:  MAIL_OK while it waits, once it is signed in, and where there is none.
 * Errors:   MAIL_E_SIGN_IN where the owner declined or came too late, MAIL_E_NOT_CONFIGURED, MAIL_E_STATE where the account needs no owner to sign in, MAIL_E_ROLE, MAIL_E_NETWORK, MAIL_E_TLS, MAIL_E_AUTH, MAIL_E_ACCOUNT, MAIL_E_TRANSIENT, MAIL_E_PROTOCOL, MAIL_E_SHUT_DOWN, and those of mail_configure for the settings given.
 * Threads:  any thread, also at the same time; a start not on the one that draws the screen.
 * Blocks:   a start for the network, until deadline_ms at most; the others for wait_ms at most.
 */
mail_code mail_sign_in(const char *request,
                       char **reply);

/**
 * Puts one receipt into the outbox; the worker sends it.
 *
 * docs/receipt.schema.json lists every field. Store, number, type and recipient together are sent
 * once: the same again gives the first mail, with "duplicate": true.
 *
 * request   the receipt as JSON; UTF-8, NUL-terminated; borrowed for the call only. Attachments given by path are read during the call.
 * reply     NULL, or where to put the reply: id, message_id, state, duplicate, emission, sha256, warnings (an address that looks mistyped, figures that do not add up, printer commands that were passed over), skipped_commands with `escpos`; freed with mail_free().
 *
 * Returns:  MAIL_OK once the receipt is on disk.
 * Errors:   MAIL_E_NOT_CONFIGURED, MAIL_E_MISSING_FIELD, MAIL_E_UNKNOWN_FIELD, MAIL_E_TYPE, MAIL_E_VALUE, MAIL_E_ADDRESS, MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_ATTACHMENT, MAIL_E_ATTACHMENT_FORBIDDEN, MAIL_E_OUTBOX_FULL, MAIL_E_OUTBOX_BYTES, MAIL_E_JOURNAL_FULL, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_DAMAGED, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_send_receipt(const char *request,
                            char **reply);

/**
 * Shows the mail that a receipt would become: nothing is sent, nothing is kept.
 *
 * For a program that shows it, and for the editor of the shop's own words. The same request gives the same
 * reply. Works before anything is configured.
 *
 * request   the receipt as for mail_send_receipt, where to may be left out; besides, settings (merged over the saved ones for this call; back office only) and attachment_content (true gives the bytes of attachments too). Attachments given by path are read during the call.
 * reply     NULL, or where to put the reply: subject, text and html (null where there is none), pictures (cid, name, content_type, width, height, base64), attachments (name, content_type, size, base64 where asked for), size (of the whole mail in bytes), warnings as of mail_send_receipt; freed with mail_free().
 *
 * Returns:  MAIL_OK where the receipt becomes a mail.
 * Errors:   those of mail_send_receipt about the receipt, those of mail_configure about the settings given, MAIL_E_ROLE, MAIL_E_DISK.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a disk read; never for the network.
 */
mail_code mail_preview(const char *request,
                       char **reply);

/**
 * Puts a user's mail into the outbox: messaging, a scheduled task, a returned service. One mail a recipient.
 *
 * From is "Admin via STORE" with the store's address, Reply-To the user's own; a user with an account
 * of their own sends as themselves. docs/message.schema.json lists every field.
 *
 * request   JSON: to, cc, bcc (lists), subject, text and/or html, attachments, profile (name, address), account, store, language.
 * reply     NULL, or where to put the reply: message_id, sha256, mails (id, to, state); freed with mail_free().
 *
 * Returns:  MAIL_OK once the mails of all recipients are on disk; otherwise none is.
 * Errors:   those of mail_send_receipt.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_send_message(const char *request,
                            char **reply);

/**
 * Waits for the outcome of one mail.
 *
 * request   JSON: id, timeout_ms (default 30000; 0 asks without waiting).
 * reply     NULL, or where to put the reply: mail, and on failure error; freed with mail_free().
 *
 * Returns:  MAIL_OK where the server has taken the mail.
 * Errors:   MAIL_E_TIMEOUT while it is still waiting, the reason where it failed (MAIL_E_RECIPIENT, MAIL_E_CONTENT, MAIL_E_EXPIRED, MAIL_E_UNCERTAIN, MAIL_E_CANCELLED), MAIL_E_UNKNOWN_ID.
 * Threads:  any thread, also at the same time; not the one that draws the screen.
 * Blocks:   until the outcome is known, timeout_ms at most.
 */
mail_code mail_wait(const char *request,
                    char **reply);

/**
 * Reads the journal: one mail with its whole history, a page of mails, or the library's own events.
 *
 * request   NULL for the newest mails, or JSON: id; or library (true); or store, state, class, since, until, number, to, before, limit (1 to 500).
 * reply     NULL, or where to put the reply: mails and next, or mail and events, or events; freed with mail_free().
 *
 * Returns:  MAIL_OK.
 * Errors:   the request codes, MAIL_E_UNKNOWN_ID, MAIL_E_DISK.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a disk read.
 */
mail_code mail_journal(const char *request,
                       char **reply);

/**
 * Tells how mailing stands, for the till's system panel.
 *
 * request   NULL, or JSON: store.
 * reply     NULL, or where to put the reply: status ("ok", "warning", "error"), notices, counts, paused_accounts, oldest_waiting; freed with mail_free().
 *
 * Returns:  MAIL_OK, also when health is bad: the reply tells.
 * Errors:   the request codes, MAIL_E_DISK.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a disk read.
 */
mail_code mail_health(const char *request,
                      char **reply);

/**
 * Sends mails on their way again: those that failed or may have arrived, and at once those that wait.
 *
 * Same mail, same Message-ID; tries and time are counted anew, as after acceptance. Accounts that wait or
 * are paused are asked again at once. A mail that may have arrived can so arrive twice. A till may do it.
 *
 * request   JSON: id; or ids (1 to 1000, all or none); or state ("failed" or "uncertain") with or without store: the oldest 1000 whose content is still kept.
 * reply     NULL, or where to put the reply: mails (how many), more (call again for the rest); freed with mail_free().
 *
 * Returns:  MAIL_OK once they wait in the outbox.
 * Errors:   the request codes, MAIL_E_UNKNOWN_ID, MAIL_E_STATE where a mail is being sent, was sent or was cancelled, MAIL_E_CONTENT where its content is no longer kept, MAIL_E_SHUT_DOWN, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_retry(const char *request,
                     char **reply);

/**
 * Takes back a mail that waits; it will not be sent. A till may do it.
 *
 * request   JSON: id.
 * reply     NULL, or where to put the reply: id, state; freed with mail_free().
 *
 * Returns:  MAIL_OK once that is on disk.
 * Errors:   the request codes, MAIL_E_UNKNOWN_ID, MAIL_E_STATE where it does not wait any more, MAIL_E_SHUT_DOWN, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_cancel(const char *request,
                      char **reply);

/**
 * Sends a mail a second time, on purpose: a new mail, marked DUPLICATA 1, 2, 3 in subject, text and HTML.
 *
 * Its attachments are the same; Message-ID and date are new; its emission counts up. The mail itself
 * stays as it is. Copies to other addresses count with it. A till may do it.
 *
 * request   JSON: id; to (default: where the mail went).
 * reply     NULL, or where to put the reply: id, message_id, state, duplicate (false), emission, sha256, of the copy; freed with mail_free().
 *
 * Returns:  MAIL_OK once the copy is on disk.
 * Errors:   the request codes, MAIL_E_ADDRESS, MAIL_E_UNKNOWN_ID, MAIL_E_STATE where the mail itself has not left yet and no other address is given, MAIL_E_CONTENT where its content is no longer kept, MAIL_E_NOT_CONFIGURED, MAIL_E_OUTBOX_FULL, MAIL_E_OUTBOX_BYTES, MAIL_E_JOURNAL_FULL, MAIL_E_SHUT_DOWN, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for one disk write; never for the network.
 */
mail_code mail_resend(const char *request,
                      char **reply);

/**
 * Forgets a customer: contents, subjects and the address itself, also where a server's words repeat it.
 *
 * What waits for the address is cancelled. The journal keeps that there were mails. Files that the
 * folder account wrote are not touched. Back office only.
 *
 * request   JSON: to, the address; upper and lower case are the same.
 * reply     NULL, or where to put the reply: mails (how many), cancelled (waiting ones among them), wiped (false: another program was reading, so the log file still holds old bytes; call again); freed with mail_free().
 *
 * Returns:  MAIL_OK once it is forgotten, also where nothing was known.
 * Errors:   the request codes, MAIL_E_ADDRESS, MAIL_E_ROLE, MAIL_E_STATE while a mail to the address is being sent (nothing was erased: call again), MAIL_E_SHUT_DOWN, MAIL_E_DISK_FULL, MAIL_E_DISK, MAIL_E_LOCKED.
 * Threads:  any thread, also at the same time.
 * Blocks:   for a walk through all mails and their journal, and a disk write; never for the network.
 */
mail_code mail_erase(const char *request,
                     char **reply);

/**
 * Stops the worker; what is unfinished stays in the outbox and goes on at the next start.
 *
 * Call it before the program ends, not from DllMain. Without it nothing is lost either.
 *
 * request   NULL, or JSON: wait_ms (default 5000), the time given to the mail that is being sent.
 * reply     NULL, or where to put the reply: stopped, waiting; freed with mail_free().
 *
 * Returns:  MAIL_OK; also when nothing was open.
 * Errors:   the request codes.
 * Threads:  any thread; calls of other threads answer MAIL_E_SHUT_DOWN from then on.
 * Blocks:   for wait_ms at most, and half a second to tidy up.
 */
mail_code mail_shutdown(const char *request, char **reply);

/**
 * Frees a reply.
 *
 * text      what a call put into `reply`, or NULL; never twice, and nothing else.
 *
 * Returns:  nothing.
 * Errors:   none.
 * Threads:  any thread.
 * Blocks:   never.
 */
void mail_free(char *text);

/**
 * Gives the version of the library, such as "0.1.0".
 *
 * Returns:  a text that lives as long as the library; not to be freed.
 * Errors:   none.
 * Threads:  any thread.
 * Blocks:   never.
 */
const char *mail_version(void);

/**
 * Gives the version of this interface: a host compiled against TILLMAIL_ABI_VERSION n runs with every library that answers n or more.
 *
 * Returns:  the number.
 * Errors:   none.
 * Threads:  any thread.
 * Blocks:   never.
 */
int32_t mail_abi_version(void);

/**
 * Gives the last failure of this thread as one readable sentence, in the language in force.
 *
 * Returns:  a text that lives until this thread's next call; not to be freed; "" after a success.
 * Errors:   none.
 * Threads:  each thread has its own.
 * Blocks:   never.
 */
const char *mail_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* TILLMAIL_H */
