/* One receipt from the till to the customer, the same again, a refused one, and the end of the day.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_RECEIPT (a receipt that arrives).
 * Prints the Message-ID.
 */
#include "check.h"

static char *wait_request(long id)
{
    return made("{\"id\":%ld,\"timeout_ms\":60000}", id);
}

static long the_receipt_is_sent(const char *receipt)
{
    char message_id[200];
    long id;
    char *request;
    char *reply = WANT(MAIL_OK, mail_send_receipt, receipt);
    HAS(reply, "\"duplicate\":false");
    HAS(reply, "\"emission\":1");
    HAS(reply, "\"state\":\"queued\"");
    HAS(reply, "\"sha256\":\"");
    id = reply_number(reply, "id");
    reply_text(reply, "message_id", message_id, sizeof message_id);
    mail_free(reply);
    request = wait_request(id);
    reply = WANT(MAIL_OK, mail_wait, request);
    HAS(reply, "\"state\":\"sent\"");
    HAS(reply, message_id);
    mail_free(reply);
    free(request);
    printf("message_id=%s\n", message_id);
    return id;
}

static void the_journal_tells_its_history(long id)
{
    char *request = made("{\"id\":%ld}", id);
    char *reply = WANT(MAIL_OK, mail_journal, request);
    HAS(reply, "\"event\":\"accepted\"");
    HAS(reply, "\"event\":\"sent\"");
    HAS(reply, "\"state\":\"sent\"");
    HAS(reply, "\"smtp\":{\"code\":250");
    HAS(reply, "\"tries\":1");
    CHECK_REPLY(strstr(reply, "accepted\"") < strstr(reply, "\"event\":\"sent\""), "accepted comes first", reply);
    mail_free(reply);
    free(request);
}

static void the_same_again_is_the_first(const char *receipt, long id)
{
    char *reply = WANT(MAIL_OK, mail_send_receipt, receipt);
    HAS(reply, "\"duplicate\":true");
    HAS(reply, "\"state\":\"sent\"");
    CHECK_REPLY(reply_number(reply, "id") == id, "the same id", reply);
    mail_free(reply);
}

static void an_unknown_recipient_is_told_in_the_servers_words(void)
{
    long id;
    char *request;
    char *reply = WANT(MAIL_OK, mail_send_receipt,
                       "{\"number\":\"R-2\",\"date\":\"2026-11-22T18:30:00+01:00\","
                       "\"to\":\"unknown@clients.test\",\"text\":\"TOTAL 2,00\"}");
    id = reply_number(reply, "id");
    mail_free(reply);
    request = wait_request(id);
    reply = WANT(MAIL_E_RECIPIENT, mail_wait, request);
    HAS(reply, "\"state\":\"failed\"");
    HAS(reply, "\"class\":\"recipient\"");
    HAS(reply, "\"smtp\":{\"code\":550,\"enhanced\":\"5.1.1\"");
    HAS(reply, "User unknown");
    HAS(reply, "\"hint\":\"");
    mail_free(reply);
    free(request);
    request = made("{\"id\":%ld}", id);
    reply = WANT(MAIL_OK, mail_journal, request);
    HAS(reply, "\"event\":\"refused\"");
    HAS(reply, "\"step\":\"rcpt_to\"");
    mail_free(reply);
    free(request);
}

static void lists_and_counts_agree(void)
{
    char *reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"sent\":1");
    HAS(reply, "\"failed\":1");
    HAS(reply, "\"queued\":0");
    HAS(reply, "\"sending\":0");
    HAS(reply, "\"status\":\"warning\"");
    HAS(reply, "\"paused_accounts\":[]");
    HAS(reply, "\"oldest_waiting\":null");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_journal, "{\"state\":\"failed\"}");
    HAS(reply, "unknown@clients.test");
    HAS_NOT(reply, "\"state\":\"sent\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_journal, "{\"number\":\"R-2\",\"to\":\"UNKNOWN@clients.test\"}");
    HAS(reply, "\"number\":\"R-2\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_journal, "{\"limit\":1}");
    HAS(reply, "\"number\":\"R-2\"");
    CHECK_REPLY(reply_number(reply, "next") == 2, "the next page begins before mail 2", reply);
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_journal, "{\"before\":1}");
    HAS(reply, "\"mails\":[]");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_journal, "{\"library\":true}");
    HAS(reply, "\"event\":\"settings_saved\"");
    mail_free(reply);
}

static void after_the_end_everything_says_so(const char *receipt)
{
    char *reply = WANT(MAIL_OK, mail_shutdown, NULL);
    HAS(reply, "\"stopped\":true");
    HAS(reply, "\"waiting\":0");
    mail_free(reply);
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_configure, "{}");
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_settings, NULL);
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_verify, NULL);
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_send_receipt, receipt);
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_wait, "{\"id\":1}");
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_journal, NULL);
    WANT_ONLY(MAIL_E_SHUT_DOWN, mail_health, NULL);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
}

int main(void)
{
    const char *receipt = parameter("TILLMAIL_TEST_RECEIPT");
    long id;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    id = the_receipt_is_sent(receipt);
    the_journal_tells_its_history(id);
    the_same_again_is_the_first(receipt, id);
    an_unknown_recipient_is_told_in_the_servers_words();
    lists_and_counts_agree();
    after_the_end_everything_says_so(receipt);
    open_folder();
    the_journal_tells_its_history(id);
    the_same_again_is_the_first(receipt, id);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    return 0;
}
