/* tests/contract.json through tillmail.hpp.
 *
 *     contract TABLE.json FOLDER      FOLDER is absolute, exists and is empty
 */
#include "check.hpp"
#include "tillmail.hpp"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using nlohmann::json;

namespace {

typedef std::string (*Call)(const std::string &);
typedef std::string (*CallWithout)();

/* NULL stands where the library wants a request: then the C function is asked without one. */
struct Entry {
    Call with;
    CallWithout without;
    tillmail_function plain;
};

const std::map<std::string, Entry> &entries()
{
    static const std::map<std::string, Entry> all = {
        {"mail_init", {tillmail::init, tillmail::init, mail_init}},
        {"mail_configure", {tillmail::configure, nullptr, mail_configure}},
        {"mail_settings", {tillmail::settings, tillmail::settings, mail_settings}},
        {"mail_presets", {tillmail::presets, tillmail::presets, mail_presets}},
        {"mail_verify", {tillmail::verify, tillmail::verify, mail_verify}},
        {"mail_save_and_test", {tillmail::save_and_test, nullptr, mail_save_and_test}},
        {"mail_sign_in", {tillmail::sign_in, tillmail::sign_in, mail_sign_in}},
        {"mail_send_receipt", {tillmail::send_receipt, nullptr, mail_send_receipt}},
        {"mail_preview", {tillmail::preview, nullptr, mail_preview}},
        {"mail_send_message", {tillmail::send_message, nullptr, mail_send_message}},
        {"mail_wait", {tillmail::wait, nullptr, mail_wait}},
        {"mail_journal", {tillmail::journal, tillmail::journal, mail_journal}},
        {"mail_health", {tillmail::health, tillmail::health, mail_health}},
        {"mail_retry", {tillmail::retry, nullptr, mail_retry}},
        {"mail_cancel", {tillmail::cancel, nullptr, mail_cancel}},
        {"mail_resend", {tillmail::resend, nullptr, mail_resend}},
        {"mail_erase", {tillmail::erase, nullptr, mail_erase}},
        {"mail_shutdown", {tillmail::shutdown, tillmail::shutdown, mail_shutdown}},
    };
    return all;
}

typedef std::map<std::string, json> Known;

/* A text that is one name becomes the value, a name inside a text its words. */
json filled(const json &value, const Known &known)
{
    if (value.is_structured()) {
        json out = value;
        for (json &inner : out) inner = filled(inner, known);
        return out;
    }
    if (!value.is_string()) return value;
    std::string text = value.get<std::string>();
    for (const Known::value_type &pair : known) {
        const std::string name = "{" + pair.first + "}";
        if (text == name) return pair.second;
        const std::string word = pair.second.is_string() ? pair.second.get<std::string>() : pair.second.dump();
        for (std::string::size_type at = 0; (at = text.find(name, at)) != std::string::npos; at += word.size())
            text.replace(at, name.size(), word);
    }
    return text;
}

/* Where the reply is not what is wanted; "" where it is. */
std::string difference(const json &wanted, const json &found, const std::string &path)
{
    if (wanted.is_object() && found.is_object()) {
        for (json::const_iterator it = wanted.begin(); it != wanted.end(); ++it) {
            const std::string inner = path + "." + it.key();
            if (!found.contains(it.key())) return inner + " is missing";
            const std::string told = difference(it.value(), found[it.key()], inner);
            if (!told.empty()) return told;
        }
        return "";
    }
    if (wanted.is_array() && found.is_array() && wanted.size() == found.size()) {
        for (json::size_type at = 0; at < wanted.size(); ++at) {
            const std::string told = difference(wanted[at], found[at], path + "[" + std::to_string(at) + "]");
            if (!told.empty()) return told;
        }
        return "";
    }
    return wanted == found ? "" : path + ": " + wanted.dump() + " is wanted, " + found.dump() + " was found";
}

std::string text_of(const json &value) { return value.is_null() ? "" : value.get<std::string>(); }

/* What one call gave, by whatever way. */
struct Answer {
    std::string code, reply, sentence;
};

/* The exception's values must be those that another JSON reader finds in the reply. */
Answer answer_of(const tillmail::error &error)
{
    const json told = json::parse(error.reply()).at("error");
    CHECK(error.code() != MAIL_OK && told.at("code") == error.code());
    CHECK_EQUAL(error.name(), told.at("name").get<std::string>());
    CHECK_EQUAL(error.error_class(), told.at("class").get<std::string>());
    CHECK_EQUAL(error.message(), told.at("message").get<std::string>());
    CHECK_EQUAL(error.hint(), text_of(told.at("hint")));
    CHECK_EQUAL(error.field(), text_of(told.at("field")));
    return {error.name(), error.reply(), error.what()};
}

Answer called(const Entry &entry, const json *request)
{
    try {
        std::string reply;
        if (request != nullptr) reply = entry.with(request->get<std::string>());
        else reply = entry.without != nullptr ? entry.without() : tillmail::call(entry.plain, nullptr);
        return {"MAIL_OK", reply, mail_last_error()};
    } catch (const tillmail::error &error) {
        return answer_of(error);
    }
}

void run(const json &table_case, Known &known)
{
    const std::string name = table_case.at("name").get<std::string>();
    json request;
    if (table_case.contains("request")) request = filled(table_case["request"], known).dump();
    else if (table_case.contains("raw")) request = table_case["raw"];
    const Entry &entry = entries().at(table_case.at("call").get<std::string>());
    const Answer answer = called(entry, request.is_null() ? nullptr : &request);
    const std::string where = name + ": " + answer.reply;

    if (answer.code != table_case.at("code")) failed(name.c_str(), 0, answer.code + ": " + answer.reply);
    const json reply = json::parse(answer.reply);
    if (table_case.contains("reply")) {
        const std::string told = difference(filled(table_case["reply"], known), reply, "reply");
        if (!told.empty()) failed(name.c_str(), 0, told);
    }
    for (const json &member : table_case.value("has", json::array()))
        if (!reply.contains(member.get<std::string>())) failed(name.c_str(), 0, member.dump() + " is missing: " + where);
    const json keep = table_case.value("keep", json::object());
    for (json::const_iterator it = keep.begin(); it != keep.end(); ++it)
        known[it.value().get<std::string>()] = reply.at(it.key());
    if (table_case.contains("sentence")) CHECK_EQUAL(answer.sentence, text_of(filled(table_case["sentence"], known)));
    else CHECK(answer.sentence.empty() == (answer.code == "MAIL_OK"));
}

} // namespace

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    std::ifstream file(argv[1], std::ios::binary);
    const json table = json::parse(file);
    const std::string folder = argv[2];
    Known known = {{"folder", folder + "/état"}, {"mails", folder + "/mails envoyés"}};
    std::set<std::string> calls;
    for (const json &table_case : table.at("cases")) {
        std::cout << table_case.at("name").get<std::string>() << std::endl;
        calls.insert(table_case.at("call").get<std::string>());
        run(table_case, known);
    }
    CHECK(calls.size() == entries().size());
    std::cout << "cases=" << table["cases"].size() << std::endl;
    return 0;
}
