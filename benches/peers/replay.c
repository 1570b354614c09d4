/* The upper bound: a client that knows nothing, sends prebuilt bytes and reads as many replies as it is owed.
 *
 *     replay HOST PORT CA.pem|- MAIL COUNT SECONDS lockstep|pipelined|chunked
 *
 *     lockstep    MAIL, RCPT, DATA and the body wait for one reply each: 4 round trips a mail
 *     pipelined   the body of one mail and MAIL, RCPT, DATA of the next in one write (RFC 2920): 1
 *     chunked     MAIL, RCPT and BDAT LAST with the body in one write (RFC 3030): 1
 *
 * With a CA it uses STARTTLS and AUTH PLAIN. Each flight is one write, TCP_NODELAY is set.
 */
#define _GNU_SOURCE
#include "../bench.h"
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

static int line = -1;
static SSL *tls;
static char input[1 << 16];
static size_t have, used;

static void put(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = tls ? SSL_write(tls, bytes, (int)size) : write(line, bytes, size);
        if (put <= 0) stop("replay", "the server closed the line while it was written to");
        bytes += put;
        size -= (size_t)put;
    }
}

static void say(const char *text) { put(text, strlen(text)); }

/* Reads one reply, of several lines or one; it has to begin with this digit. */
static void expect(char digit)
{
    for (;;) {
        char *start = input + used, *end = memchr(start, '\n', have - used);
        if (end) {
            int last = end - start < 4 || start[3] != '-';
            if (start[0] != digit) stop("replay: unexpected reply", start);
            used = (size_t)(end + 1 - input);
            if (last) return;
            continue;
        }
        memmove(input, start, have - used);
        have -= used;
        used = 0;
        ssize_t got = tls ? SSL_read(tls, input + have, (int)(sizeof input - have - 1))
                          : read(line, input + have, sizeof input - have - 1);
        if (got <= 0) stop("replay", "the server closed the line");
        have += (size_t)got;
        input[have] = 0;
    }
}

static void connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int on = 1;
    if (getaddrinfo(host, port, &hints, &found)) stop(host, "unknown");
    line = socket(found->ai_family, SOCK_STREAM, 0);
    if (line < 0 || connect(line, found->ai_addr, found->ai_addrlen)) stop("replay", "cannot connect");
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    freeaddrinfo(found);
    expect('2');
    say("EHLO example.test\r\n");
    expect('2');
}

static void start_tls(const char *ca)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    say("STARTTLS\r\n");
    expect('2');
    if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1) stop(ca, "cannot be read");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    tls = SSL_new(context);
    SSL_set_fd(tls, line);
    if (SSL_connect(tls) != 1) stop("replay", "the TLS handshake failed");
    say("EHLO example.test\r\n");
    expect('2');
    say("AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=\r\n");
    expect('2');
}

#define FROM "MAIL FROM:<boutique@example.test>\r\n"
#define TO "RCPT TO:<client@example.fr>\r\n"

/* The body as DATA wants it: dots doubled, the final dot behind it. */
static char *dotted(const char *mail, size_t size, size_t *out_size)
{
    char *out = malloc(2 * size + 8);
    size_t end = 0;
    for (size_t at = 0; at < size; at++) {
        if (mail[at] == '.' && (at == 0 || mail[at - 1] == '\n')) out[end++] = '.';
        out[end++] = mail[at];
    }
    memcpy(out + end, ".\r\n", 3);
    *out_size = end + 3;
    return out;
}

int main(int count, char **arguments)
{
    if (count != 8) stop("replay", "HOST PORT CA.pem|- MAIL COUNT SECONDS lockstep|pipelined|chunked");
    size_t mail_size, body_size;
    char *mail = read_file(arguments[4], &mail_size);
    char *body = dotted(mail, mail_size, &body_size);
    long most = atol(arguments[5]), sent = 0;
    uint64_t most_ns = (uint64_t)(atof(arguments[6]) * 1e9);
    const char *way = arguments[7];
    char *flight = malloc(body_size + 256);
    size_t flight_size = 0;

    connect_to(arguments[1], arguments[2]);
    if (strcmp(arguments[3], "-")) start_tls(arguments[3]);
    if (!strcmp(way, "pipelined")) {
        memcpy(flight, body, body_size);
        memcpy(flight + body_size, FROM TO "DATA\r\n", sizeof FROM TO "DATA\r\n");
        flight_size = body_size + strlen(FROM TO "DATA\r\n");
        say(FROM TO "DATA\r\n");
        expect('2'), expect('2'), expect('3');
    } else if (!strcmp(way, "chunked")) {
        flight_size = (size_t)sprintf(flight, FROM TO "BDAT %zu LAST\r\n", mail_size);
        memcpy(flight + flight_size, mail, mail_size);
        flight_size += mail_size;
    } else if (strcmp(way, "lockstep")) {
        stop(way, "unknown");
    }
    uint64_t start = now_ns();
    for (; sent < most && now_ns() - start < most_ns; sent++) {
        if (*way == 'l') {
            say(FROM), expect('2');
            say(TO), expect('2');
            say("DATA\r\n"), expect('3');
            put(body, body_size), expect('2');
        } else if (*way == 'p') {
            put(flight, flight_size);
            expect('2'), expect('2'), expect('2'), expect('3');
        } else {
            put(flight, flight_size);
            expect('2'), expect('2'), expect('2');
        }
    }
    printf("{\"mails\": %ld, \"seconds\": %.6f}\n", sent, (double)(now_ns() - start) / 1e9);
    if (*way == 'p') put(body, body_size), expect('2');
    say("QUIT\r\n");
    return 0;
}
