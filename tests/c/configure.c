/* Settings: refused as a whole or saved as a whole, merged, masked, and told with where they came from.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS. TILLMAIL_TEST_MODE=without_init shows that no call
 * needs mail_init; XDG_STATE_HOME must then be a scratch folder.
 */
#include "check.h"
#include <unistd.h>

#define RECEIPT                                                                            \
    "{\"number\":\"C-1\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"a@clients.test\"," \
    "\"text\":\"TOTAL 1,00\"}"

static void nothing_goes_before_it_is_set_up(void)
{
    char *reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, "\"configured\":false");
    HAS(reply, "\"missing\":[\"sender.address\",\"smtp.host\"]");
    mail_free(reply);
    reply = WANT(MAIL_E_NOT_CONFIGURED, mail_send_receipt, RECEIPT);
    HAS(reply, "\"field\":\"sender.address\"");
    HAS(mail_last_error(), "sender.address");
    mail_free(reply);
    WANT_FIELD(MAIL_E_NOT_CONFIGURED, mail_verify, NULL, "sender.address");
    WANT_ONLY(MAIL_OK, mail_configure, "{\"sender\":{\"address\":\"boutique@example.test\"}}");
    WANT_FIELD(MAIL_E_NOT_CONFIGURED, mail_send_receipt, RECEIPT, "smtp.host");
    reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"status\":\"warning\"");
    HAS(reply, "\"id\":\"not_configured\"");
    mail_free(reply);
}

static void a_misspelt_field_is_named_with_the_right_one(void)
{
    WANT_FIELD(MAIL_E_UNKNOWN_FIELD, mail_configure, "{\"smtp\":{\"prot\":465}}", "smtp.prot");
    CHECK_REPLY(strstr(mail_last_error(), "port") != NULL, "the known field is suggested", mail_last_error());
    WANT_FIELD(MAIL_E_UNKNOWN_FIELD, mail_configure, "{\"prot\":465}", "prot");
    WANT_FIELD(MAIL_E_UNKNOWN_FIELD, mail_configure, "{\"stores\":{\"2\":{\"smtp\":{\"prot\":465}}}}",
               "stores.2.smtp.prot");
    CHECK_REPLY(strstr(mail_last_error(), "`port`") != NULL, "the known field is suggested", mail_last_error());
    WANT_FIELD(MAIL_E_UNKNOWN_FIELD, mail_settings, "{\"stor\":\"1\"}", "stor");
}

static void what_is_wrong_saves_nothing(void)
{
    static const struct {
        mail_code code;
        const char *request;
        const char *field;
    } cases[] = {
        {MAIL_E_TYPE, "{\"smtp\":\"localhost\"}", "smtp"},
        {MAIL_E_TYPE, "{\"smtp\":{\"port\":\"465\"}}", "smtp.port"},
        {MAIL_E_TYPE, "{\"smtp\":{\"port\":465.5}}", "smtp.port"},
        {MAIL_E_TYPE, "{\"smtp\":{\"port\":70000}}", "smtp.port"},
        {MAIL_E_TYPE, "{\"smtp\":{\"port\":-1}}", "smtp.port"},
        {MAIL_E_TYPE, "{\"smtp\":{\"password\":12}}", "smtp.password"},
        {MAIL_E_TYPE, "{\"smtp\":{\"allow_clear_text\":\"yes\"}}", "smtp.allow_clear_text"},
        {MAIL_E_TYPE, "{\"sender\":{\"name\":[]}}", "sender.name"},
        {MAIL_E_TYPE, "{\"delivery\":{\"retry_s\":[10,\"30\"]}}", "delivery.retry_s[1]"},
        {MAIL_E_TYPE, "{\"stores\":[]}", "stores"},
        {MAIL_E_VALUE, "{\"smtp\":{\"port\":0}}", "smtp.port"},
        {MAIL_E_VALUE, "{\"smtp\":{\"security\":\"ssl\"}}", "smtp.security"},
        {MAIL_E_VALUE, "{\"smtp\":{\"preset\":\"gmial\"}}", "smtp.preset"},
        {MAIL_E_VALUE, "{\"smtp\":{\"host\":\"no host\"}}", "smtp.host"},
        {MAIL_E_VALUE, "{\"smtp\":{\"url\":\"http://example.test\"}}", "smtp.url"},
        {MAIL_E_VALUE, "{\"smtp\":{\"ca_file\":\"ca.pem\"}}", "smtp.ca_file"},
        {MAIL_E_VALUE, "{\"smtp\":{\"ca_file\":\"/nowhere/ca.pem\"}}", "smtp.ca_file"},
        {MAIL_E_VALUE, "{\"smtp\":{\"host\":\"mail.example.test\",\"security\":\"none\"}}", "smtp.security"},
        {MAIL_E_VALUE, "{\"language\":\"de\"}", "language"},
        {MAIL_E_VALUE, "{\"folder\":{\"path\":\"mails\"}}", "folder.path"},
        {MAIL_E_VALUE, "{\"delivery\":{\"batch\":0}}", "delivery.batch"},
        {MAIL_E_ADDRESS, "{\"sender\":{\"address\":\"nobody\"}}", "sender.address"},
        {MAIL_E_ADDRESS, "{\"stores\":{\"2\":{\"sender\":{\"address\":\"a@b\"}}}}", "stores.2.sender.address"},
        {MAIL_E_CONTROL_CHARACTER, "{\"sender\":{\"name\":\"a\\r\\nBcc: b@example.test\"}}", "sender.name"},
        {MAIL_E_CONTROL_CHARACTER, "{\"smtp\":{\"password\":\"a\\nb\"}}", "smtp.password"},
        {MAIL_E_CONTROL_CHARACTER, "{\"stores\":{\"2\":{\"smtp\":{\"password\":\"a\\nb\"}}}}",
         "stores.2.smtp.password"},
        /* Right and wrong together: the right half is not saved either. */
        {MAIL_E_VALUE, "{\"sender\":{\"name\":\"Other\"},\"smtp\":{\"port\":0}}", "smtp.port"},
    };
    char *before = WANT(MAIL_OK, mail_settings, NULL);
    char *after;
    size_t index;
    for (index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        WANT_FIELD(cases[index].code, mail_configure, cases[index].request, cases[index].field);
        after = WANT(MAIL_OK, mail_settings, NULL);
        CHECK_REPLY(strcmp(before, after) == 0, cases[index].request, after);
        mail_free(after);
    }
    mail_free(before);
}

static void a_change_merges_and_null_deletes(const char *settings)
{
    long version = settings_version();
    char *reply = WANT(MAIL_OK, mail_configure, settings);
    CHECK_REPLY(reply_number(reply, "version") == version + 1, "a change is one version", reply);
    HAS(reply, "\"configured\":true");
    HAS(reply, "\"missing\":[]");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_configure, "{\"smtp\":{\"ehlo_name\":\"till.example.test\"}}");
    reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, "\"ehlo_name\":\"till.example.test\"");
    HAS(reply, "\"host\":\"localhost\"");
    HAS(reply, "\"name\":\"Café de l'Été\"");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_configure, "{\"smtp\":{\"ehlo_name\":null}}");
    reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS_NOT(reply, "ehlo_name");
    HAS(reply, "\"host\":\"localhost\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_configure, "{\"sender\":{\"address\":null}}");
    HAS(reply, "\"configured\":false");
    HAS(reply, "\"missing\":[\"sender.address\"]");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_configure, "{\"sender\":{\"address\":\"boutique@example.test\"}}");
}

static void a_password_is_masked_and_the_mask_keeps_it(void)
{
    char *reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, "\"password\":\"********\"");
    HAS_NOT(reply, "s3cret");
    HAS_NOT(reply, "sealed:");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_configure, "{\"smtp\":{\"password\":\"********\"}}");
    reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, "\"configured\":true");
    mail_free(reply);
    /* Had the mask been saved as the password, the server would refuse it. */
    WANT_ONLY(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
    reply = WANT(MAIL_OK, mail_configure, "{\"smtp\":{\"password\":null}}");
    HAS(reply, "\"missing\":[\"smtp.password\"]");
    mail_free(reply);
    WANT_FIELD(MAIL_E_VALUE, mail_configure, "{\"smtp\":{\"password\":\"sealed:1:AAAA\"}}", "smtp.password");
}

static void a_store_has_its_own(const char *settings)
{
    char *reply;
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    WANT_ONLY(MAIL_OK, mail_configure,
              "{\"stores\":{\"2\":{\"sender\":{\"name\":\"Kiosque\"}},"
              "\"3\":{\"smtp\":{\"host\":\"127.0.0.1\",\"security\":\"none\"}}}}");
    reply = WANT(MAIL_OK, mail_settings, "{\"store\":\"2\"}");
    HAS(reply, "\"name\":\"Kiosque\"");
    HAS(reply, "\"sender.name\":\"store\"");
    HAS(reply, "\"sender.address\":\"application\"");
    HAS(reply, "\"smtp.host\":\"application\"");
    HAS(reply, "\"smtp.timeouts.connect_ms\":\"default\"");
    HAS(reply, "\"delivery.batch\":\"default\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_settings, "{\"store\":\"3\"}");
    HAS(reply, "\"smtp.host\":\"store\"");
    HAS(reply, "\"smtp.port\":\"default\"");
    HAS_NOT(reply, "\"password\"");
    HAS_NOT(reply, "\"user\"");
    HAS(reply, "\"name\":\"Café de l'Été\"");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_configure, "{\"stores\":{\"3\":{\"smtp\":null}}}");
    reply = WANT(MAIL_OK, mail_settings, "{\"store\":\"3\"}");
    HAS(reply, "\"smtp.host\":\"application\"");
    HAS(reply, "\"password\":\"********\"");
    mail_free(reply);
}

static void a_preset_is_a_source(void)
{
    char *reply;
    WANT_ONLY(MAIL_OK, mail_configure,
              "{\"stores\":{\"4\":{\"smtp\":{\"preset\":\"gmail\"}}}}");
    reply = WANT(MAIL_OK, mail_settings, "{\"store\":\"4\"}");
    HAS(reply, "\"host\":\"smtp.gmail.com\"");
    HAS(reply, "\"smtp.host\":\"preset\"");
    HAS(reply, "\"smtp.preset\":\"store\"");
    mail_free(reply);
    /* The application has a preset, the store a server of its own: nothing there comes from the preset. */
    WANT_ONLY(MAIL_OK, mail_configure,
              "{\"smtp\":{\"preset\":\"gmail\",\"host\":null,\"port\":null,\"security\":null},"
              "\"stores\":{\"5\":{\"smtp\":{\"host\":\"mail.example.test\"}}}}");
    reply = WANT(MAIL_OK, mail_settings, NULL);
    HAS(reply, "\"host\":\"smtp.gmail.com\"");
    HAS(reply, "\"smtp.port\":\"preset\"");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_settings, "{\"store\":\"5\"}");
    HAS(reply, "\"port\":465");
    HAS(reply, "\"smtp.host\":\"store\"");
    HAS(reply, "\"smtp.port\":\"default\"");
    mail_free(reply);
}

static void a_till_does_not_configure(void)
{
    char *request = made("{\"folder\":\"%s\",\"role\":\"till\",\"store\":\"2\"}", parameter("TILLMAIL_TEST_FOLDER"));
    long version = settings_version();
    WANT_ONLY(MAIL_E_ALREADY_OPEN, mail_init, request);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    WANT_ONLY(MAIL_OK, mail_init, request);
    WANT_ONLY(MAIL_OK, mail_init, request);
    WANT_ONLY(MAIL_E_ROLE, mail_configure, "{\"sender\":{\"name\":\"Mine\"}}");
    CHECK(settings_version() == version, "a till's change is not saved");
    free(request);
}

static void no_call_needs_another_first(void)
{
    char *reply;
    CHECK(access("/var/lib/tillmail", F_OK) != 0, "no installed library's folder is touched by this test");
    reply = WANT(MAIL_OK, mail_health, NULL);
    HAS(reply, "\"configured\":false");
    mail_free(reply);
    reply = WANT(MAIL_OK, mail_init, NULL);
    HAS(reply, parameter("XDG_STATE_HOME"));
    HAS(reply, "\"store\":\"1\"");
    mail_free(reply);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
}

int main(void)
{
    const char *settings = parameter("TILLMAIL_TEST_SETTINGS");
    if (getenv("TILLMAIL_TEST_MODE")) {
        no_call_needs_another_first();
        return 0;
    }
    open_folder();
    nothing_goes_before_it_is_set_up();
    a_misspelt_field_is_named_with_the_right_one();
    what_is_wrong_saves_nothing();
    a_change_merges_and_null_deletes(settings);
    a_password_is_masked_and_the_mask_keeps_it();
    a_store_has_its_own(settings);
    a_preset_is_a_source();
    a_till_does_not_configure();
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    return 0;
}
