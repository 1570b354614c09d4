// Stands for a till in C++: configures the library, sends one receipt, tells what became of it.
//     till FOLDER RECEIPT.json      FOLDER is absolute; mails are written to FOLDER/mails, nothing is sent
// TILLMAIL_SMTP_URL, TILLMAIL_FROM, TILLMAIL_TO and TILLMAIL_CA_FILE send for real, as in till.c.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <tillmail.hpp>

static std::string variable(const char *name, const std::string &otherwise = "null")
{
    const char *value = std::getenv(name);
    return value ? tillmail::quote(value) : otherwise;
}

int main(int argc, char **argv) try {
    if (argc != 3) throw std::runtime_error("usage: till FOLDER RECEIPT.json");
    const std::string folder = argv[1], url = variable("TILLMAIL_SMTP_URL"), nobody = "\"client@example.com\"";
    tillmail::init("{\"language\": \"fr\", \"folder\": " + tillmail::quote(folder + "/state") + "}");
    tillmail::configure("{\"sender\": {\"name\": \"Au Fournil de Mélusine\", \"address\": " +
        variable("TILLMAIL_FROM", "\"boutique@example.com\"") + "}, \"folder\": {\"path\": " +
        (url == "null" ? tillmail::quote(folder + "/mails") : "null") + "}, \"smtp\": {\"url\": " + url +
        ", \"ca_file\": " + variable("TILLMAIL_CA_FILE") + "}}");
    std::ifstream file(argv[2], std::ios::binary);
    std::string receipt((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (url != "null" && receipt.find(nobody) != std::string::npos)
        receipt.replace(receipt.find(nobody), nobody.size(), variable("TILLMAIL_TO", nobody));
    const std::string id = tillmail::member(tillmail::send_receipt(receipt), "id");
    std::cout << "on disk as mail " << id << std::endl;
    const std::string outcome = tillmail::wait("{\"id\": " + id + ", \"timeout_ms\": 60000}");
    std::cout << "state: " << tillmail::member(outcome, "mail.state") << std::endl;
    tillmail::shutdown();
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << std::endl; // A tillmail::error also has code(), field(), hint().
    mail_shutdown(nullptr, nullptr);
    return 1;
}
