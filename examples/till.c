/* Stands for a till: configures the library, verifies the settings, sends one receipt, tells what became of it.
 *
 *     till FOLDER RECEIPT.json        FOLDER is absolute; mails are written to FOLDER/mails, nothing is sent
 *
 * In the environment, to send for real:
 *     TILLMAIL_SMTP_URL   smtps://user:password@host or smtp://user:password@host, percent-encoded
 *     TILLMAIL_FROM       the store's address; default: the user of the URL
 *     TILLMAIL_TO         the customer's address; default: the store's
 *     TILLMAIL_CA_FILE    absolute path of one more certificate authority, PEM
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tillmail.h>

static void stop(const char *step, const char *why)
{
    fprintf(stderr, "%s: %s\n", step, why);
    mail_shutdown(NULL, NULL);
    exit(1);
}

/* Gives the pattern with each ? replaced by the next text as a JSON string; NULL becomes null. */
static char *json(const char *pattern, ...)
{
    static char out[65536];
    size_t end = 0;
    va_list texts;
    va_start(texts, pattern);
    for (; *pattern && end < sizeof out - 8; pattern++) {
        const char *text = *pattern == '?' ? va_arg(texts, const char *) : "";
        if (*pattern != '?') { out[end++] = *pattern; continue; }
        if (!text) { end += (size_t)sprintf(out + end, "null"); continue; }
        for (out[end++] = '"'; *text && end < sizeof out - 8; text++) {
            if (*text == '"' || *text == '\\') out[end++] = '\\';
            if ((unsigned char)*text < ' ') end += (size_t)sprintf(out + end, "\\u%04x", *text);
            else out[end++] = *text;
        }
        out[end++] = '"';
    }
    va_end(texts);
    out[end] = 0;
    return out;
}

/* Gives the first member of this name as text: enough for the library's replies, which have no spaces. */
static char *member(const char *reply, const char *name, char *out, size_t size)
{
    char key[64];
    size_t end = 0;
    const char *at;
    snprintf(key, sizeof key, "\"%s\":", name);
    at = reply ? strstr(reply, key) : NULL;
    if (at && *(at += strlen(key)) == '"')
        for (at++; *at && *at != '"' && end + 1 < size; at++) out[end++] = *at == '\\' ? *++at : *at;
    else if (at)
        while (*at && !strchr(",}]", *at) && end + 1 < size) out[end++] = *at++;
    out[end] = 0;
    return out;
}

/* Makes one call; gives its reply, or ends the program with the library's own sentence. */
static char *call(mail_code (*function)(const char *, char **), const char *step, const char *request)
{
    char *reply = NULL;
    if (function(request, &reply) != MAIL_OK) stop(step, mail_last_error());
    return reply;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    if (!file || !text || !fread(text, 1, (1 << 20) - 1, file)) stop(path, "cannot be read");
    fclose(file);
    return text;
}

/* Gives the receipt with another customer: the one in the example does not exist. */
static char *addressed_to(const char *to, char *receipt)
{
    static const char nobody[] = "\"client@example.com\"";
    char *at = strstr(receipt, nobody), *mended;
    if (!at || !(mended = malloc(strlen(receipt) + strlen(to = json("?", to)) + 1))) return receipt;
    sprintf(mended, "%.*s%s%s", (int)(at - receipt), receipt, to, at + strlen(nobody));
    free(receipt);
    return mended;
}

int main(int argc, char **argv)
{
    const char *url = getenv("TILLMAIL_SMTP_URL"), *from = getenv("TILLMAIL_FROM"), *to = getenv("TILLMAIL_TO");
    char path[4096], one[1024], two[1024], user[1024], id[32], request[64], *reply, *receipt, *text, *at;
    if (argc != 3) stop("usage", "till FOLDER RECEIPT.json");

    snprintf(path, sizeof path, "%s/state", argv[1]);
    mail_free(call(mail_init, "1. mail_init", json("{\"folder\": ?, \"language\": \"en\"}", path)));
    printf("tillmail %s\n1. mail_init          %s\n", mail_version(), path);

    snprintf(path, sizeof path, "%s/mails", argv[1]);
    mail_free(call(mail_configure, "2. mail_configure", json("{\"language\": \"fr\", \"folder\": {\"path\": ?},"
        " \"smtp\": {\"url\": ?, \"ca_file\": ?}, \"sender\": {\"name\": ?}}",
        url ? NULL : path, url, getenv("TILLMAIL_CA_FILE"), "Au Fournil de Mélusine")));
    member(reply = call(mail_settings, "2. mail_settings", NULL), "user", user, sizeof user);
    mail_free(reply);
    if (!from) from = url ? user : "boutique@example.com";
    if (!to) to = url ? from : "client@example.com";
    mail_free(call(mail_configure, "2. mail_configure", json("{\"sender\": {\"address\": ?}}", from)));
    printf("2. mail_configure     %s\n", url ? "sends through TILLMAIL_SMTP_URL" : "writes into a folder; nothing is sent");

    reply = call(mail_verify, "3. mail_verify", json("{\"to\": ?}", to));
    for (at = strchr(reply, '['); at && (at = strchr(at, '{')) && at < strstr(reply, "]"); at++)
        printf("3. mail_verify        %s: ok, %s ms\n", member(at, "step", one, sizeof one), member(at, "ms", two, sizeof two));
    mail_free(reply);

    receipt = read_file(argv[2]);
    if (url) receipt = addressed_to(to, receipt);
    reply = call(mail_send_receipt, "4. mail_send_receipt", receipt);
    member(reply, "id", id, sizeof id);
    printf("4. mail_send_receipt  on disk as mail %s, %s%s\n", id, member(reply, "message_id", one, sizeof one),
        strstr(reply, "\"duplicate\":true") ? "; the same receipt as before: not sent again" : "");
    mail_free(reply);

    snprintf(request, sizeof request, "{\"id\": %s, \"timeout_ms\": 60000}", id);
    reply = call(mail_wait, "5. mail_wait", request);
    printf("5. mail_wait          state: %s\n", member(reply, "state", one, sizeof one));
    mail_free(reply);

    snprintf(request, sizeof request, "{\"id\": %s}", id);
    reply = call(mail_journal, "6. mail_journal", request);
    member(strstr(reply, "\"event\":\"sent\""), "text", path, sizeof path);
    mail_free(reply);
    if (url) {
        printf("6. mail_journal       the server answered: %s\n", path);
    } else if ((at = strrchr(path, '.')) != NULL) {
        printf("\nThe mail:  %s\n", path);
        strcpy(at, ".html");
        printf("As HTML:   %s\n", path);
        strcpy(at, ".txt");
        printf("As text:   %s\n\n", path);
        for (at = text = read_file(path); *at; at++)
            if (*at != '\r') putchar(*at);
        free(text);
    }
    free(receipt);
    mail_free(call(mail_shutdown, "7. mail_shutdown", NULL));
    return 0;
}
