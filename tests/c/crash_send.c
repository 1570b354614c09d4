/* kill -9 right after mail_send_receipt has returned; TILLMAIL_TEST_MODE=wait is the next start.
 *
 * TILLMAIL_TEST_MODE=stay sends and waits, for the driver to kill. TILLMAIL_TEST_FOLDER; for the first start also TILLMAIL_TEST_SETTINGS, with delivery.unsure "hold",
 * and TILLMAIL_TEST_RECEIPT. The next start ends with 3 where the system let the worker hand the mail
 * over before the kill: nobody can know then whether it arrived.
 */
#include "check.h"
#include <signal.h>
#include <unistd.h>

#define ALREADY_ON_ITS_WAY 3

static void send_and_die(void)
{
    const char *receipt = parameter("TILLMAIL_TEST_RECEIPT");
    char *reply = NULL;
    mail_code code;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    code = mail_send_receipt(receipt, &reply);
    /* One system call between the answer and the end; without it nobody would know the Message-ID. */
    if (code == MAIL_OK && write(STDOUT_FILENO, reply, strlen(reply)) > 0) {
        kill(getpid(), SIGKILL);
    }
    CHECK_REPLY(0, "the receipt is taken", reply);
}

static int deliver_what_waits(void)
{
    char *reply = NULL;
    mail_code code;
    open_folder();
    code = mail_wait("{\"id\":1,\"timeout_ms\":60000}", &reply);
    if (code == MAIL_E_UNCERTAIN) {
        return ALREADY_ON_ITS_WAY;
    }
    CHECK_REPLY(code == MAIL_OK, "what waits in the folder is sent", reply);
    HAS(reply, "\"state\":\"sent\"");
    printf("%s\n", reply);
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_shutdown, NULL);
    HAS(reply, "\"waiting\":0");
    mail_free(reply);
    return 0;
}

/* Stays for the outcome; the driver kills it, or it ends well. The same receipt again is the same mail. */
static int send_and_stay(void)
{
    char *reply = NULL;
    mail_code code;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    WANT_ONLY(MAIL_OK, mail_send_receipt, parameter("TILLMAIL_TEST_RECEIPT"));
    code = mail_wait("{\"id\":1,\"timeout_ms\":60000}", &reply);
    CHECK_REPLY(code == MAIL_OK, "the mail is sent by whoever lives", reply);
    mail_free(reply);
    return 0;
}

int main(void)
{
    const char *mode = getenv("TILLMAIL_TEST_MODE");
    if (mode && strcmp(mode, "stay") == 0) {
        return send_and_stay();
    }
    if (mode && strcmp(mode, "wait") == 0) {
        return deliver_what_waits();
    }
    send_and_die();
    return 1;
}
