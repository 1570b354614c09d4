/* The smallest till that sends a receipt and tells what became of it; till.c shows more.
 *     small_till FOLDER RECEIPT.json      FOLDER is absolute; mails are written to FOLDER/mails
 * TILLMAIL_SMTP_URL sends for real. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tillmail.h>

static int failed(void)
{
    fprintf(stderr, "%s\n", mail_last_error());
    mail_shutdown(NULL, NULL);
    return 1;
}

int main(int argc, char **argv)
{
    static char request[4096], receipt[65536];
    const char *url = getenv("TILLMAIL_SMTP_URL");
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    char *reply = NULL;
    if (!file || fread(receipt, 1, sizeof receipt - 1, file) == 0 || fclose(file) != 0) {
        return fprintf(stderr, "usage: small_till FOLDER RECEIPT.json\n"), 2;
    }
    snprintf(request, sizeof request, "{\"language\": \"fr\", \"folder\": \"%s/state\"}", argv[1]);
    if (mail_init(request, NULL) != MAIL_OK) return failed();
    snprintf(request, sizeof request, "{\"sender\": {\"name\": \"Au Fournil de Mélusine\", \"address\": \"boutique@example.com\"},"
             " \"%s\": {\"%s\": \"%s%s\"}}", url ? "smtp" : "folder", url ? "url" : "path", url ? url : argv[1], url ? "" : "/mails");
    if (mail_configure(request, NULL) != MAIL_OK || mail_send_receipt(receipt, &reply) != MAIL_OK) {
        mail_free(reply);
        return failed();
    }
    snprintf(request, sizeof request, "{\"timeout_ms\": 60000, %.*s}", (int)strcspn(strstr(reply, "\"id\":"), ",}"), strstr(reply, "\"id\":"));
    mail_free(reply);
    if (mail_wait(request, NULL) != MAIL_OK) return failed();
    printf("state: sent\n");
    mail_shutdown(NULL, NULL);
    return 0;
}
