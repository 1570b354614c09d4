/* What tillmail.hpp adds to the C calls: exceptions, replies, its JSON reader, threads. With second.cpp.
 *
 *     binding FOLDER      FOLDER is absolute, exists and is empty
 */
#include "check.hpp"
#include "tillmail.hpp"

#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

std::string sentence_thrown_elsewhere();
const char *version_seen_elsewhere() noexcept;

namespace {

/* A class with reply in hand is never copied, and neither moving it nor copying an exception can throw. */
static_assert(!std::is_copy_constructible<tillmail::reply>::value, "a reply has one owner");
static_assert(std::is_nothrow_move_constructible<tillmail::reply>::value, "moving a reply cannot fail");
static_assert(std::is_nothrow_move_assignable<tillmail::reply>::value, "moving a reply cannot fail");
static_assert(std::is_nothrow_copy_constructible<tillmail::error>::value, "copying an exception cannot fail");
static_assert(std::is_base_of<std::runtime_error, tillmail::error>::value, "hosts catch runtime_error too");

template <typename Work> tillmail::error thrown_by(Work work)
{
    try {
        work();
    } catch (const tillmail::error &error) {
        return error;
    }
    failed(__FILE__, __LINE__, "nothing was thrown");
}

void an_exception_has_every_field()
{
    const tillmail::error error =
        thrown_by([] { tillmail::configure("{\"smtp\": {\"port\": \"465\"}}"); });
    CHECK(error.code() == MAIL_E_TYPE);
    CHECK_EQUAL(error.name(), "MAIL_E_TYPE");
    CHECK_EQUAL(error.error_class(), "request");
    CHECK_EQUAL(error.field(), "smtp.port");
    CHECK_EQUAL(error.message(), "un nombre entier de 0 à 65535 est attendu, \"465\" a été trouvé.");
    CHECK_EQUAL(error.hint(), "");
    CHECK_EQUAL(error.what(), "`smtp.port` : " + error.message());
    CHECK_EQUAL(tillmail::member(error.reply(), "error.code"), "6");

    const tillmail::error typo = thrown_by([] {
        tillmail::send_receipt("{\"number\": \"1\", \"date\": \"2026-11-22T18:30:00+01:00\", \"text\": \"x\","
                               " \"to\": \"client@@example.fr\"}");
    });
    CHECK(typo.code() == MAIL_E_ADDRESS);
    CHECK_EQUAL(typo.hint(), "Vouliez-vous dire client@example.fr ?");
    CHECK_EQUAL(typo.what(), "`to` : " + typo.message() + " " + typo.hint());

    const tillmail::error copy = typo;
    CHECK_EQUAL(copy.what(), typo.what());
    CHECK_EQUAL(copy.field(), "to");
    CHECK(copy.code() == typo.code());
}

void an_error_without_a_reply_is_still_an_error()
{
    const tillmail::error bare(MAIL_E_RESOURCES, "no memory", "");
    CHECK(bare.code() == MAIL_E_RESOURCES);
    CHECK_EQUAL(bare.what(), "no memory");
    CHECK_EQUAL(bare.name() + bare.error_class() + bare.message() + bare.hint() + bare.field() + bare.reply(), "");
}

void a_request_with_a_nul_is_refused_not_cut()
{
    std::string cut = "{\"sender\": {\"name\": \"Autre\"}}";
    cut += '\0';
    cut += "garbage";
    CHECK(thrown_by([&cut] { tillmail::configure(cut); }).code() == MAIL_E_JSON);
    CHECK_EQUAL(tillmail::member(tillmail::settings(), "settings.sender.name"), "Café");

    /* Written as an escape it is JSON, and the library refuses it where it may not stand. */
    const std::string name = std::string("a") + '\0' + "b";
    const tillmail::error error =
        thrown_by([&name] { tillmail::configure("{\"sender\": {\"name\": " + tillmail::quote(name) + "}}"); });
    CHECK(error.code() == MAIL_E_CONTROL_CHARACTER);
    CHECK_EQUAL(error.field(), "sender.name");
}

void bytes_that_are_not_utf8_are_refused()
{
    CHECK(thrown_by([] { tillmail::configure("{\"sender\": {\"name\": \"Caf\xE9\"}}"); }).code() == MAIL_E_UTF8);
}

void replies_move_and_free_what_they_hold()
{
    tillmail::reply first;
    CHECK(first.empty());
    CHECK_EQUAL(first.c_str(), "");
    CHECK(tillmail::call(mail_health, nullptr, first) == MAIL_OK);
    const std::string health = first.str();
    CHECK(!health.empty());

    tillmail::reply second(std::move(first));
    CHECK_EQUAL(second.str(), health);
    CHECK(first.empty()); // NOLINT: what is tested is the state after the move.
    CHECK_EQUAL(first.str(), "");

    /* Assigned over one that holds something, and over itself. */
    CHECK(tillmail::call(mail_presets, nullptr, first) == MAIL_OK);
    first = std::move(second);
    CHECK_EQUAL(first.str(), health);
    tillmail::reply &same = first;
    first = std::move(same);
    CHECK_EQUAL(first.str(), health);

    /* Used again, also for a failure, which is no exception here. */
    CHECK(tillmail::call(mail_wait, "{\"id\": 999999}", first) == MAIL_E_UNKNOWN_ID);
    CHECK_EQUAL(tillmail::member(first.c_str(), "error.name"), "MAIL_E_UNKNOWN_ID");

    std::vector<tillmail::reply> many(3);
    for (tillmail::reply &reply : many) CHECK(tillmail::call(mail_health, nullptr, reply) == MAIL_OK);
    many.erase(many.begin());
    many.emplace_back();
    CHECK(!many[1].empty() && many[2].empty());
}

/* A reply written by another hand, and what a path finds in it. NULL: this is refused, whatever the path. */
struct Reading {
    const char *json, *path, *value;
};

void the_reader_is_strict()
{
    const Reading readings[] = {
        {"{\"a\":\"b\"}", "a", "b"},
        {" { \"a\" : [ 1 , { \"b\" : \"c\" } ] } ", "a.1.b", "c"},
        {"{\"x\":{\"a\":1},\"a\":2}", "a", "2"},
        {"{\"ab\":1,\"a\":{\"b\":2}}", "a.b", "2"},
        {"{\"a\":{\"b\":1}}", "a", "{\"b\":1}"},
        {"{\"a\":[-0.5e+3,true,false,null]}", "a.0", "-0.5e+3"},
        {"{\"a\":[-0.5e+3,true,false,null]}", "a.2", "false"},
        {"{\"a\":[-0.5e+3,true,false,null]}", "a.3", ""},
        {"{\"a\":\"null\"}", "a", "null"},
        {"{\"a\":{\"a\":\"inner\"},\"b\":\"a\"}", "b", "a"},
        {"{\"a\":1,\"a\":2}", "a", "1"},
        {"{\"\":1}", "a", NULL},
        {"\"alone\"", "", "alone"},
        {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a", "\"\\/\b\f\n\r\t"},
        {"{\"a\":\"\\u0041\\u00e9\\u20AC\"}", "a", "A\xC3\xA9\xE2\x82\xAC"},
        {"{\"a\":\"\\ud83d\\uDE00!\"}", "a", "\xF0\x9F\x98\x80!"},
        {"{\"a\":\"\\uD800\\uDC00\\uDBFF\\uDFFF\"}", "a", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"{\"\\u0061\":\"b\"}", "a", "b"},
        {"{\"a\":\"\xC3\xA9\"}", "a", "\xC3\xA9"},
        {"{\"a\":\"\\ud83d\"}", "a", NULL},
        {"{\"a\":\"\\ud83dx\"}", "a", NULL},
        {"{\"a\":\"\\ud83d\\n\"}", "a", NULL},
        {"{\"a\":\"\\ud83d\\ud83d\"}", "a", NULL},
        {"{\"a\":\"\\ude00\"}", "a", NULL},
        {"{\"a\":\"\\u12\"}", "a", NULL},
        {"{\"a\":\"\\u12g4\"}", "a", NULL},
        {"{\"a\":\"\\x41\"}", "a", NULL},
        {"{\"a\":\"tab\there\"}", "a", NULL},
        {"{\"a\":\"b\"", "a", NULL},
        {"{\"a\":\"b\"}}", "a", NULL},
        {"{\"a\":\"b\",}", "a", NULL},
        {"{\"a\" \"b\"}", "a", NULL},
        {"{a:\"b\"}", "a", NULL},
        {"{\"a\":[1,]}", "a", NULL},
        {"{\"a\":[1 2]}", "a", NULL},
        {"{\"a\":01}", "a", NULL},
        {"{\"a\":1.}", "a", NULL},
        {"{\"a\":.5}", "a", NULL},
        {"{\"a\":+1}", "a", NULL},
        {"{\"a\":1e}", "a", NULL},
        {"{\"a\":-}", "a", NULL},
        {"{\"a\":nul}", "a", NULL},
        {"{\"a\":True}", "a", NULL},
        {"{\"a\":\"b", "a", NULL},
        {"{\"a\":\"b\\", "a", NULL},
        {"{\"a\":", "a", NULL},
        {"{", "a", NULL},
        {"", "a", NULL},
    };
    for (const Reading &reading : readings) {
        std::string value = "untouched";
        const bool found = tillmail::detail::reader(reading.json).find(reading.path, value);
        if (found != (reading.value != nullptr)) failed(reading.json, 0, found ? "found" : "not found");
        CHECK_EQUAL(value, found ? reading.value : "untouched");
        CHECK_EQUAL(tillmail::member(reading.json, reading.path), found ? reading.value : "");
    }
    CHECK_EQUAL(tillmail::member(std::string("{\"a\":1}\0", 8), "a"), "");
    CHECK_EQUAL(tillmail::member("{\"a\":\"\\u0000\"}", "a"), std::string(1, '\0'));

    const std::string deep = std::string(50, '[') + "1" + std::string(50, ']');
    CHECK_EQUAL(tillmail::member("{\"d\":" + deep + ",\"a\":1}", "a"), "1");
    CHECK_EQUAL(tillmail::member(std::string(1000000, '['), "a"), "");
}

void what_is_quoted_reads_the_same_again()
{
    std::string all;
    for (int letter = 0; letter < 0x80; ++letter) all += static_cast<char>(letter);
    all += "é€😀";
    CHECK_EQUAL(tillmail::member("{\"a\":" + tillmail::quote(all) + "}", "a"), all);
    CHECK_EQUAL(tillmail::quote("a\"\\\n\x1f"), "\"a\\\"\\\\\\u000a\\u001f\"");
}

/* Each thread has its own failure, whatever the others do. */
void threads_call_beside_each_other()
{
    std::atomic<int> accepted(0);
    std::vector<std::thread> threads;
    for (int number = 0; number < 20; ++number) {
        threads.emplace_back([number, &accepted] {
            const std::string field = "champ" + std::to_string(number);
            for (int turn = 0; turn < 20; ++turn) {
                const tillmail::error error =
                    thrown_by([&field] { tillmail::configure("{" + tillmail::quote(field) + ": 1}"); });
                CHECK_EQUAL(error.field(), field);
                CHECK(std::string(error.what()).find("`" + field + "`") == 0);
            }
            const std::string receipt = "{\"number\": \"T-" + std::to_string(number) +
                "\", \"date\": \"2026-11-22T18:30:00+01:00\", \"to\": \"client@example.fr\", \"text\": \"TOTAL 1,00 €\"}";
            const std::string id = tillmail::member(tillmail::send_receipt(receipt), "id");
            const std::string mail = tillmail::wait("{\"id\": " + id + ", \"timeout_ms\": 60000}");
            CHECK_EQUAL(tillmail::member(mail, "mail.state"), "sent");
            ++accepted;
        });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK(accepted == 20);
}

} // namespace

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    const std::string folder = argv[1];
    CHECK(tillmail::abi_version() >= TILLMAIL_ABI_VERSION);
    the_reader_is_strict();
    what_is_quoted_reads_the_same_again();
    an_error_without_a_reply_is_still_an_error();

    const std::string opened = tillmail::init("{\"folder\": " + tillmail::quote(folder + "/état") + ", \"language\": \"fr\"}");
    CHECK_EQUAL(tillmail::member(opened, "version"), tillmail::version());
    CHECK_EQUAL(version_seen_elsewhere(), tillmail::version());
    CHECK_EQUAL(sentence_thrown_elsewhere(), thrown_by([] { tillmail::wait("{\"id\": 0}"); }).what());
    tillmail::configure("{\"language\": \"fr\", \"sender\": {\"address\": \"boutique@example.fr\", \"name\": \"Café\"},"
                        " \"folder\": {\"path\": " + tillmail::quote(folder + "/mails envoyés") + "}}");
    an_exception_has_every_field();
    a_request_with_a_nul_is_refused_not_cut();
    bytes_that_are_not_utf8_are_refused();
    replies_move_and_free_what_they_hold();
    threads_call_beside_each_other();
    tillmail::shutdown("{\"wait_ms\": 10000}");
    CHECK(thrown_by([] { tillmail::send_receipt("{}"); }).code() == MAIL_E_SHUT_DOWN);
    std::cout << "done" << std::endl;
    return 0;
}
