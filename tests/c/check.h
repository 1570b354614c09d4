/* What the C programs of the tests share: checks that say what failed, and questions to replies.
 *
 * A failed check prints file, line, the claim and the reply, and ends the program with 1.
 * CHECK_WITHOUT_LIBRARY leaves out what calls the library, for a program that is not linked to it.
 */
#ifndef TILLMAIL_TESTS_CHECK_H
#define TILLMAIL_TESTS_CHECK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tillmail.h>

/* Where failed checks are told; NULL is stderr. */
static FILE *check_output;

#define CHECK(condition, what) CHECK_REPLY(condition, what, NULL)
#define CHECK_REPLY(condition, what, reply) \
    ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, what, reply))
#define HAS(reply, part) check_has(__FILE__, __LINE__, reply, part)
#define HAS_NOT(reply, part) check_has_not(__FILE__, __LINE__, reply, part)

static inline void check_failed(const char *file, int line, const char *what, const char *reply)
{
    FILE *output = check_output ? check_output : stderr;
    fprintf(output, "%s:%d: failed: %s\n", file, line, what);
    if (reply) {
        fprintf(output, "  reply: %.4000s\n", reply);
    }
    fflush(output);
    /* No exit(): other threads may be in the middle of a call. */
    _Exit(1);
}

static inline int reply_has(const char *reply, const char *part)
{
    return reply && strstr(reply, part) != NULL;
}

static inline void check_has(const char *file, int line, const char *reply, const char *part)
{
    char what[512];
    snprintf(what, sizeof what, "the reply has %s", part);
    if (!reply_has(reply, part)) {
        check_failed(file, line, what, reply ? reply : "(NULL)");
    }
}

static inline void check_has_not(const char *file, int line, const char *reply, const char *part)
{
    char what[512];
    snprintf(what, sizeof what, "the reply does not have %s", part);
    if (reply_has(reply, part)) {
        check_failed(file, line, what, reply);
    }
}

/* The whole number after `"name":`. */
static inline long reply_number(const char *reply, const char *name)
{
    char part[64];
    const char *found;
    snprintf(part, sizeof part, "\"%s\":", name);
    found = reply ? strstr(reply, part) : NULL;
    CHECK_REPLY(found != NULL, part, reply);
    return strtol(found + strlen(part), NULL, 10);
}

/* The text after `"name":"` up to the next quote, into `text`; escapes are not read. */
static inline void reply_text(const char *reply, const char *name, char *text, size_t size)
{
    char part[64];
    const char *found;
    size_t length;
    snprintf(part, sizeof part, "\"%s\":\"", name);
    found = reply ? strstr(reply, part) : NULL;
    CHECK_REPLY(found != NULL, part, reply);
    found += strlen(part);
    length = strcspn(found, "\"");
    CHECK_REPLY(length < size, "the text fits", reply);
    memcpy(text, found, length);
    text[length] = '\0';
}

#ifdef _WIN32
#include <windows.h>
/* The environment in UTF-8, as everywhere else: getenv() gives it in the code page, where accents may be lost. */
static inline const char *in_utf8(const char *name)
{
    wchar_t wide_name[64];
    const wchar_t *wide;
    char *value;
    int length;
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide_name, 64);
    wide = _wgetenv(wide_name);
    if (wide == NULL) {
        return NULL;
    }
    length = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    value = malloc((size_t)length);
    CHECK(value != NULL, "there is memory for the environment");
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, value, length, NULL, NULL);
    return value;
}
#else
#define in_utf8(name) getenv(name)
#endif

static inline const char *parameter(const char *name)
{
    const char *value = in_utf8(name);
    CHECK_REPLY(value != NULL, "this environment variable is set", name);
    return value;
}

static inline unsigned long parameter_number(const char *name, unsigned long usual)
{
    const char *value = getenv(name);
    return value ? strtoul(value, NULL, 10) : usual;
}

/* Valgrind's processor has no unmasked floating-point faults. */
static inline int is_emulated(void)
{
    return getenv("TILLMAIL_TEST_EMULATED") != NULL;
}

/* A request made of a format; freed with free(). */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline char *
made(const char *format, ...)
{
    va_list values;
    char *text;
    int length;
    va_start(values, format);
    length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    CHECK(length >= 0, "the request can be written");
    text = malloc((size_t)length + 1);
    CHECK(text != NULL, "there is memory for the request");
    va_start(values, format);
    vsnprintf(text, (size_t)length + 1, format, values);
    va_end(values);
    return text;
}

typedef mail_code (*mail_call)(const char *request, char **reply);

#ifndef CHECK_WITHOUT_LIBRARY

/* Calls, and checks the code and what holds for every call; gives the reply, for mail_free(). */
#define WANT(code, call, request) check_call(__FILE__, __LINE__, code, call, #call, request)
/* As WANT, for a reply nobody reads. */
#define WANT_ONLY(code, call, request) mail_free(WANT(code, call, request))
/* As WANT_ONLY, for a failure about a field: path as in the reply. */
#define WANT_FIELD(code, call, request, field) \
    check_field(__FILE__, __LINE__, WANT(code, call, request), field)

static inline char *check_call(const char *file, int line, mail_code code, mail_call call, const char *name,
                               const char *request)
{
    char what[256];
    char told[32];
    char *reply = NULL;
    mail_code given = call(request, &reply);
    const char *last = mail_last_error();
    snprintf(what, sizeof what, "%s(%.120s) gives %d, not %d", name, request ? request : "NULL", (int)code,
             (int)given);
    if (given != code) {
        check_failed(file, line, what, reply);
    }
    if (reply == NULL) {
        check_failed(file, line, "there is a reply", NULL);
    }
    if (reply[0] != '{' || reply[strlen(reply) - 1] != '}') {
        check_failed(file, line, "the reply is an object", reply);
    }
    snprintf(told, sizeof told, "\"code\":%d,", (int)given);
    if (given == MAIL_OK) {
        if (last[0] != '\0') {
            check_failed(file, line, "mail_last_error is empty after a success", last);
        }
    } else if (last[0] == '\0' || !reply_has(reply, "\"error\":{") || !reply_has(reply, told)) {
        check_failed(file, line, "a failure has a sentence, and its code in the reply", reply);
    }
    return reply;
}

static inline void check_field(const char *file, int line, char *reply, const char *field)
{
    char part[128];
    snprintf(part, sizeof part, "\"field\":\"%s\"", field);
    check_has(file, line, reply, part);
    check_has(file, line, mail_last_error(), field);
    mail_free(reply);
}

/* Opens the scratch folder of this run, in English. */
static inline void open_folder(void)
{
    char *request = made("{\"folder\":\"%s\",\"language\":\"en\"}", parameter("TILLMAIL_TEST_FOLDER"));
    char *reply = WANT(MAIL_OK, mail_init, request);
    HAS(reply, "\"role\":\"back_office\"");
    HAS(reply, parameter("TILLMAIL_TEST_FOLDER"));
    mail_free(reply);
    free(request);
}

static inline long settings_version(void)
{
    char *reply = WANT(MAIL_OK, mail_settings, NULL);
    long version = reply_number(reply, "version");
    mail_free(reply);
    return version;
}

#endif

#endif
