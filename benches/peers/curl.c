/* The peer libcurl: its easy interface, one handle, prebuilt bytes.
 *
 *     curl HOST PORT CA.pem|- MAIL COUNT SECONDS reused|fresh
 *
 * `fresh` opens a connection for each mail, and may resume the handle's TLS session. With a CA it uses STARTTLS and AUTH.
 * The first mail is not counted. Prints how many went, how long it took, and p50 of one in microseconds.
 */
#include "../bench.h"
#include <curl/curl.h>

static char *mail;
static size_t mail_size, at;

static size_t give(char *out, size_t size, size_t count, void *unused)
{
    size_t rest = mail_size - at, part = size * count < rest ? size * count : rest;
    (void)unused;
    memcpy(out, mail + at, part);
    at += part;
    return part;
}

static void send_one(CURL *curl)
{
    at = 0;
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) stop("libcurl", curl_easy_strerror(code));
}

static CURL *prepare(char **arguments, int fresh)
{
    static char url[256];
    CURL *curl = curl_easy_init();
    struct curl_slist *to = curl_slist_append(NULL, "<client@example.fr>");
    snprintf(url, sizeof url, "smtp://%s:%s/example.test", arguments[1], arguments[2]);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, "<boutique@example.test>");
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    if (strcmp(arguments[3], "-")) {
        curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
        curl_easy_setopt(curl, CURLOPT_CAINFO, arguments[3]);
        curl_easy_setopt(curl, CURLOPT_USERNAME, "user");
        curl_easy_setopt(curl, CURLOPT_PASSWORD, "password");
    }
    if (fresh) {
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    }
    return curl;
}

int main(int count, char **arguments)
{
    if (count != 8) stop("curl", "HOST PORT CA.pem|- MAIL COUNT SECONDS reused|fresh");
    mail = read_file(arguments[4], &mail_size);
    long most = atol(arguments[5]), sent = 0;
    uint64_t most_ns = (uint64_t)(atof(arguments[6]) * 1e9);
    uint64_t *times = calloc((size_t)most, sizeof *times);
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *curl = prepare(arguments, !strcmp(arguments[7], "fresh"));
    send_one(curl);
    uint64_t start = now_ns();
    for (; sent < most && now_ns() - start < most_ns; sent++) {
        uint64_t one = now_ns();
        send_one(curl);
        times[sent] = now_ns() - one;
    }
    double seconds = (double)(now_ns() - start) / 1e9;
    printf("{\"mails\": %ld, \"seconds\": %.6f, \"p50_us\": %.1f}\n", sent, seconds, quantile_us(times, (size_t)sent, 0.5));
    curl_easy_cleanup(curl);
    return 0;
}
