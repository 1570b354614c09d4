/* Everything a host can do wrong: each gets its documented code and its field, nothing is stored, and
 * the process is unharmed.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_SCRATCH (a folder for attachments);
 * TILLMAIL_TEST_BYTES and TILLMAIL_TEST_DEPTH make it smaller for slow tools.
 */
#include "check.h"
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
/* An error repeats what it found, but never megabytes of it. */
#define LONGEST_ERROR_BYTES 8192
/* Where nobody can make a folder. */
#ifdef _WIN32
#define NO_FOLDER "C:/windows/system32/kernel32.dll"
#else
#define NO_FOLDER "/proc"
#endif

static const struct {
    mail_call call;
    const char *name;
    mail_code of_null;
} calls[] = {
    {mail_init, "mail_init", MAIL_OK},
    {mail_configure, "mail_configure", MAIL_E_NULL},
    {mail_settings, "mail_settings", MAIL_OK},
    {mail_verify, "mail_verify", MAIL_OK},
    {mail_sign_in, "mail_sign_in", MAIL_E_STATE},
    {mail_send_receipt, "mail_send_receipt", MAIL_E_NULL},
    {mail_preview, "mail_preview", MAIL_E_NULL},
    {mail_wait, "mail_wait", MAIL_E_NULL},
    {mail_journal, "mail_journal", MAIL_OK},
    {mail_retry, "mail_retry", MAIL_E_NULL},
    {mail_cancel, "mail_cancel", MAIL_E_NULL},
    {mail_resend, "mail_resend", MAIL_E_NULL},
    {mail_erase, "mail_erase", MAIL_E_NULL},
    {mail_health, "mail_health", MAIL_OK},
    {mail_shutdown, "mail_shutdown", MAIL_OK},
};

static unsigned long big_bytes, depth;

/* A text of one character repeated, between two others. */
static char *repeated(const char *before, char middle, unsigned long count, const char *after)
{
    size_t head = strlen(before), tail = strlen(after);
    char *text = malloc(head + count + tail + 1);
    CHECK(text != NULL, "there is memory");
    memcpy(text, before, head);
    memset(text + head, middle, count);
    memcpy(text + head + count, after, tail + 1);
    return text;
}

static void refused(size_t index, const char *request, mail_code code, const char *what)
{
    char claim[128];
    char *reply = NULL;
    mail_code given = calls[index].call(request, &reply);
    snprintf(claim, sizeof claim, "%s of %s gives %d, not %d", calls[index].name, what, (int)code, (int)given);
    CHECK_REPLY(given == code, claim, reply);
    CHECK_REPLY(mail_last_error()[0] != '\0', "a failure has a sentence", reply);
    CHECK_REPLY(strlen(mail_last_error()) < LONGEST_ERROR_BYTES, "a sentence is short", what);
    CHECK_REPLY(strlen(reply) < LONGEST_ERROR_BYTES, "the reply of a failure is short", what);
    mail_free(reply);
}

/* As refused(), and again by a host that wants no reply. */
static void refused_quietly_too(size_t index, const char *request, mail_code code, const char *what)
{
    refused(index, request, code, what);
    CHECK(calls[index].call(request, NULL) == code, "the code is the same without a reply");
    CHECK(mail_last_error()[0] != '\0', "a failure has a sentence without a reply, too");
}

static void no_call_takes_what_is_no_request(void)
{
    char *junk = repeated("", 'x', big_bytes, "");
    char *text = repeated("\"", 'x', big_bytes, "\"");
    char *bytes = repeated("", '\xff', big_bytes, "");
    char *lists = repeated("", '[', depth, "");
    char *objects = repeated("{\"smtp\":", '[', depth, "");
    char *spaces = repeated("", ' ', big_bytes, "");
    char *name = repeated("{\"", 'n', big_bytes, "\":1}");
    size_t index;
    for (index = 0; index < COUNT(calls); index++) {
        if (calls[index].of_null == MAIL_E_NULL) {
            refused_quietly_too(index, NULL, MAIL_E_NULL, "NULL");
        }
        refused_quietly_too(index, "", MAIL_E_JSON, "an empty text");
        refused_quietly_too(index, "null", MAIL_E_TYPE, "null");
        refused_quietly_too(index, "[]", MAIL_E_TYPE, "a list");
        refused_quietly_too(index, "12", MAIL_E_TYPE, "a number");
        refused_quietly_too(index, "\"{}\"", MAIL_E_TYPE, "a text");
        refused_quietly_too(index, "{\"number\":\"\xe9t\xe9\"}", MAIL_E_UTF8, "Latin-1");
        refused_quietly_too(index, "{\"number\":\"\xed\xa0\x80\"}", MAIL_E_UTF8, "a surrogate");
        refused_quietly_too(index, "\xff\xfe{", MAIL_E_UTF8, "UTF-16");
        refused_quietly_too(index, "\xef\xbb\xbf{}", MAIL_E_JSON, "a byte order mark");
        refused_quietly_too(index, "{\"number\":\"1", MAIL_E_JSON, "half a text");
        refused_quietly_too(index, "{\"number\":", MAIL_E_JSON, "half an object");
        refused_quietly_too(index, "{}{}", MAIL_E_JSON, "two objects");
        refused_quietly_too(index, "{'number':1}", MAIL_E_JSON, "single quotes");
        refused_quietly_too(index, "{\"number\":\"\\ud800\"}", MAIL_E_JSON, "half a surrogate pair");
        refused_quietly_too(index, "{\"number\":NaN}", MAIL_E_JSON, "NaN");
        refused_quietly_too(index, "{\"nobody knows\":1}", MAIL_E_UNKNOWN_FIELD, "an unknown field");
        refused(index, junk, MAIL_E_JSON, "junk");
        refused(index, text, MAIL_E_TYPE, "a long text");
        refused(index, bytes, MAIL_E_UTF8, "long bytes");
        refused(index, lists, MAIL_E_JSON, "deep lists");
        refused(index, objects, MAIL_E_JSON, "deep lists inside");
        refused(index, spaces, MAIL_E_JSON, "spaces");
        refused(index, name, MAIL_E_UNKNOWN_FIELD, "a long unknown field");
    }
    free(junk);
    free(text);
    free(bytes);
    free(lists);
    free(objects);
    free(spaces);
    free(name);
}

static void an_opening_that_cannot_be(const char *scratch)
{
    char *request;
    WANT_FIELD(MAIL_E_VALUE, mail_init, "{\"folder\":\"mails\"}", "folder");
    WANT_FIELD(MAIL_E_VALUE, mail_init, "{\"folder\":\"\"}", "folder");
    WANT_FIELD(MAIL_E_TYPE, mail_init, "{\"folder\":1}", "folder");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_init, "{\"folder\":\"/tmp/a\\u0000b\"}", "folder");
    WANT_FIELD(MAIL_E_VALUE, mail_init, "{\"role\":\"boss\"}", "role");
    WANT_FIELD(MAIL_E_VALUE, mail_init, "{\"language\":\"de\"}", "language");
    request = made("{\"folder\":\"%s/state\",\"store\":\"\"}", scratch);
    WANT_FIELD(MAIL_E_VALUE, mail_init, request, "store");
    free(request);
    request = made("{\"folder\":\"%s/allowed/ticket.pdf/state\"}", scratch);
    WANT_FIELD(MAIL_E_FOLDER, mail_init, request, "folder");
    free(request);
    WANT_FIELD(MAIL_E_FOLDER, mail_init, "{\"folder\":\"" NO_FOLDER "/tillmail\"}", "folder");
    /* A host that does not look at the code must not sell on in the default folder. */
    WANT_FIELD(MAIL_E_FOLDER, mail_health, NULL, "folder");
    WANT_FIELD(MAIL_E_FOLDER, mail_send_receipt,
               "{\"number\":\"1\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"one@clients.test\",\"text\":\"1\"}",
               "folder");
}

static void another_opening_is_refused(const char *scratch)
{
    char *request = made("{\"folder\":\"%s/other\"}", scratch);
    char *path = made("%s/other", scratch);
    WANT_ONLY(MAIL_E_ALREADY_OPEN, mail_init, request);
    CHECK(access(path, F_OK) != 0, "a refused opening makes no folder");
    free(path);
    free(request);
}

/* A receipt that is right but for one member, which wins over the one before. */
static char *receipt_with(const char *member)
{
    return made("{\"number\":\"M-1\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"one@clients.test\","
                "\"text\":\"TOTAL\",%s}",
                member);
}

static void a_field_that_is_wrong_is_named(void)
{
    static const struct {
        mail_code code;
        const char *member;
        const char *field;
    } cases[] = {
        {MAIL_E_CONTROL_CHARACTER, "\"subject\":\"a\\r\\nBcc: b@example.test\"", "subject"},
        {MAIL_E_CONTROL_CHARACTER, "\"subject\":\"a\\nb\"", "subject"},
        {MAIL_E_CONTROL_CHARACTER, "\"subject\":\"a\\rb\"", "subject"},
        {MAIL_E_CONTROL_CHARACTER, "\"subject\":\"a\\u0000b\"", "subject"},
        {MAIL_E_CONTROL_CHARACTER, "\"number\":\"1\\r\\n2\"", "number"},
        {MAIL_E_CONTROL_CHARACTER, "\"number\":\"1\\u0000\"", "number"},
        {MAIL_E_CONTROL_CHARACTER, "\"to\":\"one@clients.test\\r\\nDATA\"", "to"},
        {MAIL_E_CONTROL_CHARACTER, "\"to\":\"one\\u0000@clients.test\"", "to"},
        {MAIL_E_CONTROL_CHARACTER, "\"to\":\"one@clients.test\\n\"", "to"},
        {MAIL_E_ADDRESS, "\"to\":\"\"", "to"},
        {MAIL_E_ADDRESS, "\"to\":\"nobody\"", "to"},
        {MAIL_E_ADDRESS, "\"to\":\"one@clients.test, two@clients.test\"", "to"},
        {MAIL_E_ADDRESS, "\"to\":\"One <one@clients.test>\"", "to"},
        {MAIL_E_ADDRESS, "\"to\":\"one@clients.test> SIZE=1\"", "to"},
        {MAIL_E_VALUE, "\"number\":\"\"", "number"},
        {MAIL_E_VALUE, "\"number\":\"  \"", "number"},
        {MAIL_E_TYPE, "\"number\":1", "number"},
        {MAIL_E_TYPE, "\"to\":[\"one@clients.test\"]", "to"},
        {MAIL_E_TYPE, "\"text\":12.5", "text"},
        {MAIL_E_TYPE, "\"attachments\":{}", "attachments"},
        {MAIL_E_TYPE, "\"attachments\":[\"/etc/passwd\"]", "attachments[0]"},
        {MAIL_E_TYPE, "\"attachments\":[{\"path\":1}]", "attachments[0].path"},
        {MAIL_E_MISSING_FIELD, "\"text\":null", "text"},
        {MAIL_E_MISSING_FIELD, "\"text\":\" \\r\\n\"", "text"},
        {MAIL_E_VALUE, "\"text\":\"a\\u0000b\"", "text"},
        {MAIL_E_VALUE, "\"html\":\"a\\u0000b\"", "html"},
        {MAIL_E_VALUE, "\"date\":\"22/11/2026\"", "date"},
        {MAIL_E_VALUE, "\"date\":\"2026-11-22T18:30:00\"", "date"},
        {MAIL_E_VALUE, "\"type\":\"tiket\"", "type"},
        {MAIL_E_VALUE, "\"language\":\"de\"", "language"},
        {MAIL_E_VALUE, "\"store\":\"\"", "store"},
        {MAIL_E_VALUE, "\"store\":\"a\\u0000b\"", "store"},
        {MAIL_E_UNKNOWN_FIELD, "\"subjekt\":\"a\"", "subjekt"},
        {MAIL_E_UNKNOWN_FIELD, "\"attachments\":[{\"pth\":\"/a\"}]", "attachments[0].pth"},
        {MAIL_E_VALUE, "\"attachments\":[{}]", "attachments[0]"},
        {MAIL_E_VALUE, "\"attachments\":[{\"path\":\"/a\",\"base64\":\"YQ==\"}]", "attachments[0]"},
        {MAIL_E_VALUE, "\"attachments\":[{\"base64\":\"*\",\"name\":\"a\"}]", "attachments[0].base64"},
        {MAIL_E_VALUE, "\"attachments\":[{\"base64\":\"YQ=\",\"name\":\"a\"}]", "attachments[0].base64"},
        {MAIL_E_MISSING_FIELD, "\"attachments\":[{\"base64\":\"YQ==\"}]", "attachments[0].name"},
        {MAIL_E_CONTROL_CHARACTER, "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a\\r\\nb\"}]",
         "attachments[0].name"},
        {MAIL_E_CONTROL_CHARACTER, "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a\\u0000.pdf\"}]",
         "attachments[0].name"},
        {MAIL_E_CONTROL_CHARACTER,
         "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a\",\"content_type\":\"a/b\\r\\nX: y\"}]",
         "attachments[0].content_type"},
        {MAIL_E_VALUE, "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a\",\"content_type\":\"pdf\"}]",
         "attachments[0].content_type"},
        {MAIL_E_VALUE, "\"attachments\":[{\"path\":\"ticket.pdf\"}]", "attachments[0].path"},
        {MAIL_E_CONTROL_CHARACTER, "\"attachments\":[{\"path\":\"/tmp/a\\u0000b\"}]", "attachments[0].path"},
    };
    size_t index;
    for (index = 0; index < COUNT(cases); index++) {
        char *request = receipt_with(cases[index].member);
        WANT_FIELD(cases[index].code, mail_send_receipt, request, cases[index].field);
        free(request);
    }
    WANT_FIELD(MAIL_E_MISSING_FIELD, mail_send_receipt, "{}", "number");
    WANT_FIELD(MAIL_E_MISSING_FIELD, mail_send_receipt, "{\"number\":\"1\"}", "date");
    WANT_FIELD(MAIL_E_MISSING_FIELD, mail_send_receipt,
               "{\"number\":\"1\",\"date\":\"2026-11-22T18:30:00+01:00\"}", "to");
    WANT_FIELD(MAIL_E_MISSING_FIELD, mail_wait, "{}", "id");
    WANT_FIELD(MAIL_E_TYPE, mail_wait, "{\"id\":\"1\"}", "id");
    WANT_FIELD(MAIL_E_TYPE, mail_wait, "{\"id\":99999999999999999999}", "id");
    WANT_FIELD(MAIL_E_TYPE, mail_wait, "{\"id\":1,\"timeout_ms\":-1}", "timeout_ms");
    WANT_FIELD(MAIL_E_UNKNOWN_ID, mail_wait, "{\"id\":-1}", "id");
    WANT_FIELD(MAIL_E_UNKNOWN_ID, mail_wait, "{\"id\":1,\"timeout_ms\":0}", "id");
    WANT_FIELD(MAIL_E_UNKNOWN_ID, mail_journal, "{\"id\":9223372036854775807}", "id");
    WANT_FIELD(MAIL_E_VALUE, mail_journal, "{\"state\":\"lost\"}", "state");
    WANT_FIELD(MAIL_E_TYPE, mail_journal, "{\"limit\":\"all\"}", "limit");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_configure, "{\"sender\":{\"name\":\"a\\r\\nb\"}}", "sender.name");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_configure, "{\"sender\":{\"name\":\"a\\u0000b\"}}", "sender.name");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_configure, "{\"sender\":{\"address\":\"a@b.test\\r\\nc\"}}",
               "sender.address");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_configure, "{\"smtp\":{\"user\":\"a\\nb\"}}", "smtp.user");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_configure, "{\"smtp\":{\"host\":\"localhost\\n\"}}", "smtp.host");
    WANT_FIELD(MAIL_E_CONTROL_CHARACTER, mail_verify, "{\"to\":\"a@b.test\\r\\nDATA\"}", "to");
}

static void too_much_is_too_much(void)
{
    static const struct {
        mail_code code;
        const char *before;
        const char *after;
        const char *field;
    } cases[] = {
        {MAIL_E_TOO_LARGE, "\"subject\":\"", "\"", "subject"},
        {MAIL_E_TOO_LARGE, "\"number\":\"", "\"", "number"},
        {MAIL_E_ADDRESS, "\"to\":\"", "@clients.test\"", "to"},
        {MAIL_E_VALUE, "\"date\":\"", "\"", "date"},
        {MAIL_E_VALUE, "\"type\":\"", "\"", "type"},
        {MAIL_E_VALUE, "\"store\":\"", "\"", "store"},
        {MAIL_E_TOO_LARGE, "\"attachments\":[{\"path\":\"/", "\"}]", "attachments[0].path"},
        {MAIL_E_TOO_LARGE, "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"", "\"}]", "attachments[0].name"},
        {MAIL_E_TOO_LARGE, "\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a\",\"content_type\":\"a/", "\"}]",
         "attachments[0].content_type"},
    };
    char *member, *request, *reply;
    size_t index;
    for (index = 0; index < COUNT(cases); index++) {
        member = repeated(cases[index].before, 'A', big_bytes, cases[index].after);
        request = receipt_with(member);
        reply = WANT(cases[index].code, mail_send_receipt, request);
        CHECK_REPLY(strlen(reply) < LONGEST_ERROR_BYTES, "the reply of a failure is short", cases[index].field);
        CHECK_REPLY(strlen(mail_last_error()) < LONGEST_ERROR_BYTES, "a sentence is short", cases[index].field);
        check_field(__FILE__, __LINE__, reply, cases[index].field);
        free(request);
        free(member);
    }
    /* Over delivery.max_mail_bytes, set below `big_bytes`: as an attachment, and as a whole. */
    member = repeated("\"attachments\":[{\"name\":\"a.pdf\",\"base64\":\"", 'A', big_bytes / 4 * 4, "\"}]");
    request = receipt_with(member);
    WANT_FIELD(MAIL_E_TOO_LARGE, mail_send_receipt, request, "attachments[0]");
    free(request);
    free(member);
    member = repeated("\"text\":\"", 'A', big_bytes, "\"");
    request = receipt_with(member);
    WANT_ONLY(MAIL_E_TOO_LARGE, mail_send_receipt, request);
    free(request);
    free(member);
    member = repeated("\"attachments\":[{}", ' ', 0, ",{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]");
    request = receipt_with(member);
    WANT_FIELD(MAIL_E_TOO_LARGE, mail_send_receipt, request, "attachments");
    free(request);
    free(member);
}

static void make_file(const char *folder, const char *name, unsigned long size)
{
    char *path = made("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK_REPLY(file != NULL, "a file can be made", path);
    CHECK(size == 0 || fseek(file, (long)size - 1, SEEK_SET) == 0, "a file can be made long");
    fputc('x', file);
    fclose(file);
    free(path);
}

#ifdef _WIN32
#define mkdir(path, mode) mkdir(path)

/* Links need a right that a till's user does not have; pipes are no files there, and devices have reserved names. */
static void lay_out_special_files(const char *scratch)
{
    (void)scratch;
}
#else
static void make_link(const char *scratch, const char *target, const char *name)
{
    char *to = made("%s/%s", scratch, target);
    char *from = made("%s/%s", scratch, name);
    CHECK_REPLY(symlink(to, from) == 0, "a link can be made", from);
    free(from);
    free(to);
}

static void lay_out_special_files(const char *scratch)
{
    char *fifo = made("%s/allowed/fifo", scratch);
    make_link(scratch, "outside/secret.txt", "allowed/link.txt");
    make_link(scratch, "outside", "allowed/linked");
    make_link(scratch, "nowhere", "allowed/dangling");
    make_link(scratch, "allowed/loop", "allowed/loop");
    CHECK(mkfifo(fifo, 0600) == 0, "a pipe can be made");
    free(fifo);
}
#endif

static void make_folder(const char *scratch, const char *name)
{
    char *path = made("%s/%s", scratch, name);
    CHECK_REPLY(mkdir(path, 0700) == 0, "a folder can be made", path);
    free(path);
}

static void lay_out(const char *scratch)
{
    make_folder(scratch, "allowed");
    make_folder(scratch, "allowed/folder");
    make_folder(scratch, "allowed-not");
    make_folder(scratch, "outside");
    make_file(scratch, "allowed/ticket.pdf", 10);
    make_file(scratch, "allowed/huge.pdf", big_bytes);
    make_file(scratch, "allowed-not/ticket.pdf", 10);
    make_file(scratch, "outside/secret.txt", 10);
    lay_out_special_files(scratch);
}

static void attachment(mail_code code, const char *scratch, const char *path)
{
    char *member = made("\"attachments\":[{\"base64\":\"YQ==\",\"name\":\"a.txt\"},{\"path\":\"%s%s\"}]", scratch, path);
    char *request = receipt_with(member);
    WANT_FIELD(code, mail_send_receipt, request, "attachments[1].path");
    free(request);
    free(member);
}

/* What is no file, or is one elsewhere; `outside` is what is said of a device where only a folder is allowed. */
static void special_files_are_no_attachments(const char *scratch, mail_code outside)
{
#ifdef _WIN32
    static const char *const devices[] = {"CON", "NUL", "COM1", "C:/CON", "C:/NUL", "//./NUL", "//./pipe/nobody"};
    size_t index;
    for (index = 0; index < COUNT(devices); index++) {
        char *member = made("\"attachments\":[{\"path\":\"%s\"}]", devices[index]);
        char *request = receipt_with(member);
        mail_code code = mail_send_receipt(request, NULL);
        /* Which of them it is depends on what this Windows makes of the name. */
        CHECK_REPLY(code == MAIL_E_VALUE || code == MAIL_E_ATTACHMENT || code == outside, "a device is refused",
                    devices[index]);
        free(request);
        free(member);
    }
    attachment(MAIL_E_VALUE, "", "/dev/zero");
    attachment(MAIL_E_VALUE, "", "C:ticket.pdf");
    (void)scratch;
#else
    attachment(MAIL_E_ATTACHMENT, scratch, "/allowed/fifo");
    attachment(outside, "", "/dev/zero");
    if (outside == MAIL_E_ATTACHMENT) {
        attachment(outside, "", "/dev/stdin");
    }
#endif
}

static void links_lead_nowhere(const char *scratch)
{
#ifdef _WIN32
    (void)scratch;
#else
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/allowed/link.txt");
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/allowed/linked/secret.txt");
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, "", "/etc/passwd");
    attachment(MAIL_E_ATTACHMENT, scratch, "/allowed/dangling");
    attachment(MAIL_E_ATTACHMENT, scratch, "/allowed/loop");
#endif
}

static void attachments_are_files_that_may_be_read(const char *scratch)
{
    char *request;
    attachment(MAIL_E_ATTACHMENT, scratch, "/nowhere.pdf");
    attachment(MAIL_E_ATTACHMENT, scratch, "/allowed");
    special_files_are_no_attachments(scratch, MAIL_E_ATTACHMENT);
    attachment(MAIL_E_TOO_LARGE, scratch, "/allowed/huge.pdf");
    request = made("{\"delivery\":{\"attachment_folders\":[\"%s/allowed\"]}}", scratch);
    WANT_ONLY(MAIL_OK, mail_configure, request);
    free(request);
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/outside/secret.txt");
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/allowed-not/ticket.pdf");
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/allowed/../outside/secret.txt");
    links_lead_nowhere(scratch);
    special_files_are_no_attachments(scratch, MAIL_E_ATTACHMENT_FORBIDDEN);
    attachment(MAIL_E_ATTACHMENT, scratch, "/allowed/folder");
    attachment(MAIL_E_TOO_LARGE, scratch, "/allowed/huge.pdf");
    WANT_ONLY(MAIL_OK, mail_configure, "{\"delivery\":{\"attachment_folders\":[]}}");
    attachment(MAIL_E_ATTACHMENT_FORBIDDEN, scratch, "/allowed/ticket.pdf");
}

static void a_reply_is_never_needed(void)
{
    CHECK(mail_settings(NULL, NULL) == MAIL_OK, "mail_settings without a reply");
    CHECK(mail_journal(NULL, NULL) == MAIL_OK, "mail_journal without a reply");
    CHECK(mail_health(NULL, NULL) == MAIL_OK, "mail_health without a reply");
    CHECK(mail_configure("{}", NULL) == MAIL_OK, "mail_configure without a reply");
    CHECK(mail_wait("{}", NULL) == MAIL_E_MISSING_FIELD, "mail_wait without a reply");
    CHECK(strstr(mail_last_error(), "id") != NULL, "the sentence is there without a reply");
    CHECK(mail_health(NULL, NULL) == MAIL_OK, "mail_health after a failure");
    CHECK(mail_last_error()[0] == '\0', "the sentence goes with the next success");
    mail_free(NULL);
    CHECK(mail_wait("{}", NULL) == MAIL_E_MISSING_FIELD, "mail_wait without a reply");
    mail_free(NULL);
    CHECK(mail_version()[0] != '\0' && mail_abi_version() == TILLMAIL_ABI_VERSION, "the versions");
    CHECK(mail_last_error()[0] != '\0', "what cannot fail leaves the sentence");
}

static void nothing_is_stored(void)
{
    char *reply = WANT(MAIL_OK, mail_journal, NULL);
    HAS(reply, "\"mails\":[]");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"status\":\"ok\"");
    HAS(reply, "\"queued\":0");
    mail_free(reply);
}

int main(void)
{
    const char *scratch = parameter("TILLMAIL_TEST_SCRATCH");
    long version;
    char *request;
    big_bytes = parameter_number("TILLMAIL_TEST_BYTES", 10000000);
    depth = parameter_number("TILLMAIL_TEST_DEPTH", 100000);
    lay_out(scratch);
    CHECK(mail_last_error()[0] == '\0', "no failure before the first call");
    mail_free(NULL);
    an_opening_that_cannot_be(scratch);
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    request = made("{\"delivery\":{\"max_mail_bytes\":%lu}}", big_bytes / 2);
    WANT_ONLY(MAIL_OK, mail_configure, request);
    free(request);
    version = settings_version();
    no_call_takes_what_is_no_request();
    another_opening_is_refused(scratch);
    a_field_that_is_wrong_is_named();
    too_much_is_too_much();
    CHECK(settings_version() == version, "what is refused saves nothing");
    attachments_are_files_that_may_be_read(scratch);
    a_reply_is_never_needed();
    nothing_is_stored();
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    return 0;
}
