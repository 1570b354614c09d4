/* mail_verify: tries each step against a real server, saves nothing, sends nothing.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_CLOSED_PORT (nobody listens there).
 */
#include "check.h"

static void right_settings_pass_every_step(void)
{
    static const char *const steps[] = {"name", "connect", "greeting", "ehlo", "starttls", "tls", "auth", "rcpt_to"};
    char part[64];
    size_t index;
    char *reply = WANT(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
    for (index = 0; index < sizeof steps / sizeof steps[0]; index++) {
        snprintf(part, sizeof part, "\"step\":\"%s\"", steps[index]);
        HAS(reply, part);
    }
    HAS(reply, "\"ms\":");
    HAS_NOT(reply, "\"ok\":false");
    HAS(reply, "\"transcript\":");
    HAS_NOT(reply, "s3cret");
    /* Base64 of the secret that AUTH PLAIN sends ends with the password's. */
    HAS_NOT(reply, "czNjcmV0");
    HAS_NOT(reply, "MzY3JldC");
    HAS_NOT(reply, "zM2NyZXQ");
    mail_free(reply);
}

static void a_wrong_password_is_found_and_not_saved(void)
{
    long version = settings_version();
    char *reply =
        WANT(MAIL_E_AUTH, mail_verify, "{\"settings\":{\"smtp\":{\"password\":\"wr0ng\"}},\"to\":\"one@clients.test\"}");
    HAS(reply, "\"class\":\"auth\"");
    HAS(reply, "\"step\":\"auth\"");
    HAS(reply, "\"ok\":false");
    HAS(reply, "\"hint\":\"");
    HAS_NOT(reply, "\"hint\":\"\"");
    HAS(reply, "\"smtp\":{\"code\":535");
    HAS_NOT(reply, "wr0ng");
    HAS_NOT(reply, "d3Iwbm");
    mail_free(reply);
    CHECK(settings_version() == version, "nothing is saved");
    reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"status\":\"ok\"");
    HAS(reply, "\"paused_accounts\":[]");
    HAS(reply, "\"notices\":[]");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
}

static void other_troubles_have_their_own_codes(void)
{
    char *reply = WANT(MAIL_E_RECIPIENT, mail_verify, "{\"to\":\"unknown@clients.test\"}");
    HAS(reply, "\"step\":\"rcpt_to\"");
    HAS(reply, "\"smtp\":{\"code\":550");
    mail_free(reply);
    reply = WANT(MAIL_E_SENDER, mail_verify,
                 "{\"settings\":{\"sender\":{\"address\":\"other@example.test\"}},\"to\":\"one@clients.test\"}");
    HAS(reply, "\"hint\":\"");
    mail_free(reply);
    reply = WANT(MAIL_E_TLS, mail_verify, "{\"settings\":{\"smtp\":{\"ca_file\":null}}}");
    HAS(reply, "\"step\":\"tls\"");
    HAS(reply, "\"hint\":\"");
    mail_free(reply);
    WANT_FIELD(MAIL_E_UNKNOWN_FIELD, mail_verify, "{\"settings\":{\"smtp\":{\"prot\":1}}}", "settings.smtp.prot");
    WANT_FIELD(MAIL_E_ADDRESS, mail_verify, "{\"to\":\"nobody\"}", "to");
}

static void nobody_there_is_told_quickly(const char *closed_port)
{
    char *request = made("{\"settings\":{\"smtp\":{\"port\":%s}},\"deadline_ms\":5000}", closed_port);
    char *reply = WANT(MAIL_E_NETWORK, mail_verify, request);
    HAS(reply, "\"step\":\"connect\"");
    mail_free(reply);
    free(request);
}

int main(void)
{
    long version;
    char *reply;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    version = settings_version();
    right_settings_pass_every_step();
    a_wrong_password_is_found_and_not_saved();
    other_troubles_have_their_own_codes();
    nobody_there_is_told_quickly(parameter("TILLMAIL_TEST_CLOSED_PORT"));
    CHECK(settings_version() == version, "no verification saves");
    reply = WANT(MAIL_OK, mail_journal, NULL);
    HAS(reply, "\"mails\":[]");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    return 0;
}
