/* What the C++ tests check with: tells where it went wrong and ends the program. */
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdlib>
#include <iostream>
#include <string>

[[noreturn]] inline void failed(const char *file, int line, const std::string &what)
{
    std::cerr << file << ":" << line << ": " << what << std::endl;
    std::exit(1);
}

#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) failed(__FILE__, __LINE__, #condition);  \
    } while (false)

#define CHECK_EQUAL(found, wanted)                                                                     \
    do {                                                                                               \
        const std::string found_ = (found), wanted_ = (wanted);                                        \
        if (found_ != wanted_) failed(__FILE__, __LINE__, "'" + wanted_ + "' is wanted, '" + found_ + "' was found"); \
    } while (false)

#endif
