/* The header in a second file of the same program: nothing is defined twice, and both see the same library. */
#include "tillmail.hpp"

std::string sentence_thrown_elsewhere();
const char *version_seen_elsewhere() noexcept;

std::string sentence_thrown_elsewhere()
{
    try {
        return tillmail::wait("{\"id\": 0}");
    } catch (const tillmail::error &error) {
        return error.what();
    }
}

const char *version_seen_elsewhere() noexcept { return tillmail::version(); }
