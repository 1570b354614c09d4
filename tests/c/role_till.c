/* A till in its own process, on a folder that another process has configured: it sends, and sets up nothing.
 *
 * Prints "ready" and waits for one line, while the other process changes smtp.port. TILLMAIL_TEST_FOLDER,
 * TILLMAIL_TEST_RECEIPT, TILLMAIL_TEST_RECEIPT_2, TILLMAIL_TEST_PORT_1 and TILLMAIL_TEST_PORT_2.
 */
#include "check.h"

#define CHANGE "{\"sender\":{\"name\":\"Autre\"},\"smtp\":{\"port\":1}}"

static void open_as_till(void)
{
    char *request = made("{\"folder\":\"%s\",\"role\":\"till\",\"store\":\"1\"}", parameter("TILLMAIL_TEST_FOLDER"));
    char *reply = WANT(MAIL_OK, mail_init, request);
    HAS(reply, "\"role\":\"till\"");
    HAS(reply, "\"store\":\"1\"");
    mail_free(reply);
    free(request);
}

static void the_port_is(const char *name)
{
    char *part = made("\"port\":%s,", parameter(name));
    char *reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, part);
    mail_free(reply);
    free(part);
}

static void nothing_can_be_set_up(void)
{
    long version = settings_version();
    CHECK(version > 0, "the other process has configured the folder");
    WANT_ONLY(MAIL_E_ROLE, mail_configure, CHANGE);
    WANT_ONLY(MAIL_E_ROLE, mail_configure, "{}");
    WANT_ONLY(MAIL_E_ROLE, mail_save_and_test, "{\"settings\":" CHANGE "}");
    WANT_ONLY(MAIL_E_ROLE, mail_verify, "{\"settings\":" CHANGE "}");
    CHECK(settings_version() == version, "the version of the settings is the same");
    the_port_is("TILLMAIL_TEST_PORT_1");
}

static void a_receipt_is_sent(const char *name)
{
    char *reply = WANT(MAIL_OK, mail_send_receipt, parameter(name));
    char *request = made("{\"id\":%ld,\"timeout_ms\":20000}", reply_number(reply, "id"));
    HAS(reply, "\"duplicate\":false");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_wait, request);
    HAS(reply, "\"state\":\"sent\"");
    mail_free(reply);
    free(request);
}

static void the_other_process_changes_the_settings(void)
{
    char line[16];
    long version = settings_version();
    printf("ready\n");
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL, "the other process says that it is done");
    CHECK(settings_version() > version, "the new settings are seen at once");
    the_port_is("TILLMAIL_TEST_PORT_2");
}

static void both_are_told(void)
{
    char *reply = WANT(MAIL_OK, mail_journal, NULL);
    HAS(reply, "\"number\":\"2\"");
    HAS_NOT(reply, "\"state\":\"queued\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"configured\":true");
    HAS(reply, "\"status\":");
    mail_free(reply);
}

int main(void)
{
    char *reply;
    open_as_till();
    nothing_can_be_set_up();
    a_receipt_is_sent("TILLMAIL_TEST_RECEIPT");
    the_other_process_changes_the_settings();
    a_receipt_is_sent("TILLMAIL_TEST_RECEIPT_2");
    both_are_told();
    reply = WANT(MAIL_OK, mail_shutdown, NULL);
    HAS(reply, "\"waiting\":0");
    mail_free(reply);
    return 0;
}
