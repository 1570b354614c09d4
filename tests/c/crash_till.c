/* A till that is told what to do: reads `CALL JSON` line by line, prints `CALL CODE REPLY`, each with one write(2).
 *
 * A line printed with code 0 is what the library has acknowledged: nothing lies between its return and
 * the write, so whoever kills this process knows what was promised. An argument of `-` is NULL. The
 * program ends when its input ends, without a shutdown, as a till that is switched off, and when its
 * folder cannot be opened: another call would open the default one. When fault_shim.c stands below the
 * library, it is told which call is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tillmail.h>
#include <unistd.h>

void fault_shim_call(const char *name) __attribute__((weak));

typedef mail_code (*mail_call)(const char *request, char **reply);

#define CALL(name) {#name, name}
static const struct {
    const char *name;
    mail_call call;
} calls[] = {
    CALL(mail_init),   CALL(mail_configure), CALL(mail_send_receipt), CALL(mail_wait),
    CALL(mail_health), CALL(mail_journal),   CALL(mail_retry),        CALL(mail_shutdown),
};

static void answer(const char *name, mail_code code, const char *reply)
{
    size_t size = strlen(name) + strlen(reply) + 32;
    char *line = malloc(size);
    int length;
    if (line == NULL) {
        exit(2);
    }
    length = snprintf(line, size, "%s %d %s\n", name, (int)code, reply);
    /* Nobody reads any more: nothing is promised to anybody. */
    if (write(STDOUT_FILENO, line, (size_t)length) != length) {
        exit(3);
    }
    free(line);
}

static int obey(const char *name, const char *request)
{
    size_t i;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(name, calls[i].name) == 0) {
            char *reply = NULL;
            mail_code code;
            if (fault_shim_call) {
                fault_shim_call(calls[i].name);
            }
            code = calls[i].call(strcmp(request, "-") == 0 ? NULL : request, &reply);
            answer(name, code, reply ? reply : "{}");
            mail_free(reply);
            if (code != MAIL_OK && calls[i].call == mail_init) {
                _exit(6);
            }
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        char *request = strchr(line, ' ');
        line[length - 1] = '\0';
        if (request == NULL) {
            return 4;
        }
        *request++ = '\0';
        if (!obey(line, request)) {
            return 5;
        }
    }
    free(line);
    _exit(0);
}
