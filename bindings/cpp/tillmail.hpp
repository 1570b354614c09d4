/* tillmail for C++11 and later: one header over tillmail.h, nothing to compile.
 *
 * Each function makes the C call of the same name: JSON in, JSON out, UTF-8 both ways. A code other than MAIL_OK is
 * thrown as tillmail::error. Threads, blocking and codes are those that tillmail.h tells at each call.
 * Needs exceptions, no RTTI. C++98 programs use tillmail.h itself.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef TILLMAIL_HPP
#define TILLMAIL_HPP

#include "tillmail.h"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

extern "C" {
/* Any of the C calls; of C linkage, as they are. */
typedef mail_code (*tillmail_function)(const char *request, char **reply);
}

namespace tillmail {

namespace detail {

/* Reads JSON strictly (RFC 8259) and finds one member of it; keeps nothing else. */
class reader {
public:
    explicit reader(const std::string &json) : at_(json.data()), end_(json.data() + json.size()), found_(false) {}

    /* True where the whole is JSON and has what the path names; a text is given decoded, null as "", others as written. */
    bool find(const std::string &path, std::string &out)
    {
        if (!value(path.c_str(), 0)) return false;
        space();
        if (at_ != end_ || !found_) return false;
        out.swap(value_);
        return true;
    }

private:
    /* The library's replies nest less than ten deep; a stack has its limits. */
    static const int deepest = 100;

    /* `path` is what is still to be followed, NULL for what lies beside it. */
    bool value(const char *path, int depth)
    {
        if (depth > deepest) return false;
        space();
        const char *const start = at_;
        const bool wanted = path != nullptr && *path == '\0' && !found_;
        std::string text;
        bool read = false;
        switch (next()) {
        case '{': read = object(wanted ? nullptr : path, depth); break;
        case '[': read = list(wanted ? nullptr : path, depth); break;
        case '"': read = string(text); break;
        case 't': read = word("true"); break;
        case 'f': read = word("false"); break;
        case 'n': read = word("null"); break;
        default: read = number(); break;
        }
        if (read && wanted) {
            found_ = true;
            if (*start == '"') value_.swap(text);
            else if (*start != 'n') value_.assign(start, at_);
        }
        return read;
    }

    bool object(const char *path, int depth)
    {
        ++at_;
        if (skip('}')) return true;
        do {
            std::string name;
            space();
            if (next() != '"' || !string(name) || !skip(':')) return false;
            if (!value(after(path, name), depth + 1)) return false;
        } while (skip(','));
        return skip('}');
    }

    bool list(const char *path, int depth)
    {
        ++at_;
        if (skip(']')) return true;
        unsigned long index = 0;
        do {
            if (!value(after(path, std::to_string(index++)), depth + 1)) return false;
        } while (skip(','));
        return skip(']');
    }

    /* What is left of the path behind this name; NULL where it leads elsewhere. */
    static const char *after(const char *path, const std::string &name)
    {
        if (path == nullptr || std::strncmp(path, name.c_str(), name.size()) != 0) return nullptr;
        path += name.size();
        if (*path == '.') return path + 1;
        return *path == '\0' ? path : nullptr;
    }

    bool string(std::string &out)
    {
        for (++at_; at_ != end_;) {
            const char letter = *at_++;
            if (letter == '"') return true;
            if (static_cast<unsigned char>(letter) < 0x20) return false;
            if (letter != '\\') out += letter;
            else if (!escape(out)) return false;
        }
        return false;
    }

    bool escape(std::string &out)
    {
        if (at_ == end_) return false;
        const char letter = *at_++;
        switch (letter) {
        case '"': case '\\': case '/': out += letter; return true;
        case 'b': out += '\b'; return true;
        case 'f': out += '\f'; return true;
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'u': return unicode(out);
        default: return false;
        }
    }

    /* One or, for surrogates, two groups of four digits. Half a pair is no character. */
    bool unicode(std::string &out)
    {
        unsigned long code = 0, low = 0;
        if (!four_digits(code) || (code >= 0xDC00 && code <= 0xDFFF)) return false;
        if (code >= 0xD800 && code <= 0xDBFF) {
            if (next() != '\\' || end_ - at_ < 2 || at_[1] != 'u') return false;
            at_ += 2;
            if (!four_digits(low) || low < 0xDC00 || low > 0xDFFF) return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        utf8(code, out);
        return true;
    }

    static void utf8(unsigned long code, std::string &out)
    {
        if (code < 0x80) {
            out += static_cast<char>(code);
            return;
        }
        const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        const unsigned long lead = tails == 1 ? 0xC0 : tails == 2 ? 0xE0 : 0xF0;
        out += static_cast<char>(lead | (code >> (6 * tails)));
        for (int tail = tails - 1; tail >= 0; --tail) out += static_cast<char>(0x80 | ((code >> (6 * tail)) & 0x3F));
    }

    bool four_digits(unsigned long &code)
    {
        if (end_ - at_ < 4) return false;
        for (const char *const last = at_ + 4; at_ != last; ++at_) {
            const char *const digits = "0123456789abcdef0123456789ABCDEF";
            const char *const digit = *at_ == '\0' ? nullptr : std::strchr(digits, *at_);
            if (digit == nullptr) return false;
            code = code * 16 + static_cast<unsigned long>((digit - digits) % 16);
        }
        return true;
    }

    bool number()
    {
        if (next() == '-') ++at_;
        if (next() == '0') ++at_;
        else if (!digits()) return false;
        if (next() == '.' && (++at_, !digits())) return false;
        if (next() != 'e' && next() != 'E') return true;
        ++at_;
        if (next() == '+' || next() == '-') ++at_;
        return digits();
    }

    bool digits()
    {
        const char *const start = at_;
        while (next() >= '0' && next() <= '9') ++at_;
        return at_ != start;
    }

    bool word(const char *letters)
    {
        for (; *letters != '\0'; ++letters, ++at_)
            if (next() != *letters) return false;
        return true;
    }

    void space()
    {
        while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') ++at_;
    }

    bool skip(char letter)
    {
        space();
        if (next() != letter) return false;
        ++at_;
        return true;
    }

    /* NUL at the end; a NUL in the text is no JSON either. */
    char next() const { return at_ == end_ ? '\0' : *at_; }

    const char *at_;
    const char *end_;
    bool found_;
    std::string value_;
};

} // namespace detail

/* One value of a reply, for programs without a JSON library: member(reply, "mail.state"), member(reply, "mails.0.id").
 * Gives a text without its quotes, null as "", anything else as it is written; "" where there is no such member. */
inline std::string member(const std::string &reply, const std::string &path)
{
    std::string value;
    detail::reader(reply).find(path, value);
    return value;
}

/* The text (UTF-8) as a JSON string, with its quotes, to be put into a request. */
inline std::string quote(const std::string &text)
{
    static const char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (std::string::size_type at = 0; at < text.size(); ++at) {
        const unsigned char letter = static_cast<unsigned char>(text[at]);
        if (letter == '"' || letter == '\\') out += '\\';
        if (letter >= 0x20) out += text[at];
        else (out += "\\u00") += {digits[letter / 16], digits[letter % 16]};
    }
    return out += '"';
}

/* Owns what a call put into its reply, and frees it. Moved-from and new ones are empty. */
class reply {
public:
    reply() noexcept : text_(nullptr) {}
    reply(reply &&other) noexcept : text_(other.text_) { other.text_ = nullptr; }
    reply &operator=(reply &&other) noexcept
    {
        std::swap(text_, other.text_);
        return *this;
    }
    reply(const reply &) = delete;
    reply &operator=(const reply &) = delete;
    ~reply() { mail_free(text_); }

    /* The JSON; "" where there is none, never NULL. Lives as long as this object. */
    const char *c_str() const noexcept { return text_ == nullptr ? "" : text_; }
    std::string str() const { return c_str(); }
    bool empty() const noexcept { return *c_str() == '\0'; }

    /* Where a C call may put its reply; what was here is freed first. */
    char **receive() noexcept
    {
        mail_free(text_);
        text_ = nullptr;
        return &text_;
    }

private:
    char *text_;
};

/* A call that gave another code than MAIL_OK. what() is the sentence for the shop owner, in the language in force. */
class error : public std::runtime_error {
public:
    error(mail_code code, const std::string &sentence, const std::string &reply)
        : std::runtime_error(sentence), code_(code), parts_(std::make_shared<const parts>(reply))
    {
    }

    mail_code code() const noexcept { return code_; }
    /* The code as tillmail.h spells it. */
    const std::string &name() const noexcept { return parts_->name; }
    /* The kind of trouble, one word to branch on: "request", "state", "disk", "network" ... */
    const std::string &error_class() const noexcept { return parts_->error_class; }
    const std::string &message() const noexcept { return parts_->message; }
    /* What to do about it; "" where there is nothing to add. */
    const std::string &hint() const noexcept { return parts_->hint; }
    /* Where in the request; "" where it is about no field. */
    const std::string &field() const noexcept { return parts_->field; }
    /* The whole reply: also server's words, steps of mail_verify, mail of mail_wait. */
    const std::string &reply() const noexcept { return parts_->reply; }

private:
    struct parts {
        explicit parts(const std::string &json)
            : name(member(json, "error.name")), error_class(member(json, "error.class")),
              message(member(json, "error.message")), hint(member(json, "error.hint")),
              field(member(json, "error.field")), reply(json)
        {
        }
        std::string name, error_class, message, hint, field, reply;
    };

    mail_code code_;
    /* Shared, because copying an exception must not throw. */
    std::shared_ptr<const parts> parts_;
};

/* Any C call without an exception: the code, and the reply in `out`. For outcomes that are no surprise, such as
 * MAIL_E_TIMEOUT of mail_wait. The request may be NULL. */
inline mail_code call(tillmail_function function, const char *request, reply &out) noexcept
{
    return function(request, out.receive());
}

/* Any C call: its reply, or tillmail::error. The request may be NULL. */
inline std::string call(tillmail_function function, const char *request)
{
    reply out;
    const mail_code code = call(function, request, out);
    if (code != MAIL_OK) throw error(code, mail_last_error(), out.str());
    return out.str();
}

inline std::string call(tillmail_function function, const std::string &request)
{
    if (std::memchr(request.data(), '\0', request.size()) == nullptr) return call(function, request.c_str());
    /* A NUL would cut the request unseen. Any other control character is refused by the library in its own words. */
    std::string whole = request;
    for (std::string::size_type at = 0; at < whole.size(); ++at)
        if (whole[at] == '\0') whole[at] = '\1';
    return call(function, whole.c_str());
}

/* mail_code mail_init(const char *request, char **reply); */
inline std::string init() { return call(mail_init, nullptr); }
inline std::string init(const std::string &request) { return call(mail_init, request); }

/* mail_code mail_configure(const char *request, char **reply); */
inline std::string configure(const std::string &request) { return call(mail_configure, request); }

/* mail_code mail_settings(const char *request, char **reply); */
inline std::string settings() { return call(mail_settings, nullptr); }
inline std::string settings(const std::string &request) { return call(mail_settings, request); }

/* mail_code mail_presets(const char *request, char **reply); */
inline std::string presets() { return call(mail_presets, nullptr); }
inline std::string presets(const std::string &request) { return call(mail_presets, request); }

/* mail_code mail_verify(const char *request, char **reply); */
inline std::string verify() { return call(mail_verify, nullptr); }
inline std::string verify(const std::string &request) { return call(mail_verify, request); }

/* mail_code mail_save_and_test(const char *request, char **reply); */
inline std::string save_and_test(const std::string &request) { return call(mail_save_and_test, request); }

/* mail_code mail_sign_in(const char *request, char **reply); */
inline std::string sign_in() { return call(mail_sign_in, nullptr); }
inline std::string sign_in(const std::string &request) { return call(mail_sign_in, request); }

/* mail_code mail_send_receipt(const char *request, char **reply); */
inline std::string send_receipt(const std::string &request) { return call(mail_send_receipt, request); }

/* mail_code mail_preview(const char *request, char **reply); */
inline std::string preview(const std::string &request) { return call(mail_preview, request); }

/* mail_code mail_send_message(const char *request, char **reply); */
inline std::string send_message(const std::string &request) { return call(mail_send_message, request); }

/* mail_code mail_wait(const char *request, char **reply); */
inline std::string wait(const std::string &request) { return call(mail_wait, request); }

/* mail_code mail_journal(const char *request, char **reply); */
inline std::string journal() { return call(mail_journal, nullptr); }
inline std::string journal(const std::string &request) { return call(mail_journal, request); }

/* mail_code mail_health(const char *request, char **reply); */
inline std::string health() { return call(mail_health, nullptr); }
inline std::string health(const std::string &request) { return call(mail_health, request); }

/* mail_code mail_retry(const char *request, char **reply); */
inline std::string retry(const std::string &request) { return call(mail_retry, request); }

/* mail_code mail_cancel(const char *request, char **reply); */
inline std::string cancel(const std::string &request) { return call(mail_cancel, request); }

/* mail_code mail_resend(const char *request, char **reply); */
inline std::string resend(const std::string &request) { return call(mail_resend, request); }

/* mail_code mail_erase(const char *request, char **reply); */
inline std::string erase(const std::string &request) { return call(mail_erase, request); }

/* mail_code mail_shutdown(const char *request, char **reply); */
inline std::string shutdown() { return call(mail_shutdown, nullptr); }
inline std::string shutdown(const std::string &request) { return call(mail_shutdown, request); }

/* const char *mail_version(void); */
inline const char *version() noexcept { return mail_version(); }

/* int32_t mail_abi_version(void); */
inline int32_t abi_version() noexcept { return mail_abi_version(); }

} // namespace tillmail

#endif /* TILLMAIL_HPP */
