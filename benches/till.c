/* A till that is measured: calls the library through its header, as a host does, and prints one line of JSON.
 *
 *     till configure FOLDER SETTINGS.json
 *     till accept FOLDER RECEIPT.json COUNT SECONDS THREADS idle|sending
 *                                                             latency, CPU time and mails a second of mail_send_receipt
 *     till calls FOLDER COUNT                                 latency of mail_health and of the first page of mail_journal
 *     till drain FOLDER SECONDS                               opens a folder where mails wait, until none does
 *     till deliver FOLDER RECEIPT.json COUNT SECONDS          from the call to the server's answer, one mail at a time
 *     till idle FOLDER SECONDS                                opens a folder and does nothing
 *
 * @NUMBER@ in a receipt is replaced by a new number each time. configure, calls and an idle accept hold the folder's
 * drain.lock, as another till does: nothing is sent meanwhile. Each ends at COUNT or SECONDS, what comes first.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <tillmail.h>
#include <unistd.h>

static char *call(mail_code (*function)(const char *, char **), const char *step, const char *request)
{
    char *reply = NULL;
    if (function(request, &reply) != MAIL_OK) stop(step, mail_last_error());
    return reply;
}

static void open_folder(const char *folder, int may_send)
{
    char path[4096], request[4200];
    mkdir(folder, 0700);
    if (!may_send) {
        snprintf(path, sizeof path, "%s/drain.lock", folder);
        int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
        if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB)) stop(path, "cannot be locked");
    }
    snprintf(request, sizeof request, "{\"folder\": \"%s\", \"store\": \"1\"}", folder);
    mail_free(call(mail_init, "mail_init", request));
}

/* Resident memory in KiB. */
static long rss_kib(void)
{
    long pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2) stop("/proc/self/statm", "cannot be read");
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The number of this name in a reply. */
static long number_in(const char *reply, const char *name)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(reply, key);
    if (!at) stop(name, "is missing in a reply");
    return atol(at + strlen(key));
}

/* One count of mail_health. */
static long counted(const char *state)
{
    char *reply = call(mail_health, "mail_health", NULL);
    long count = number_in(reply, state);
    mail_free(reply);
    return count;
}

/* A receipt whose number can be changed in place; every thread of every run has numbers of its own. */
struct receipt { char *text; char *number; unsigned long long next; };

static struct receipt receipt_of(const char *path)
{
    struct receipt receipt = {read_file(path, NULL), NULL, 0};
    receipt.number = strstr(receipt.text, "@NUMBER@");
    if (!receipt.number) stop(path, "has no @NUMBER@");
    if (getrandom(&receipt.next, sizeof receipt.next, 0) != sizeof receipt.next) stop("till", "no random number");
    return receipt;
}

/* 8 signs for 48 bits: what changes is at their end. */
static const char *renumbered(struct receipt *receipt)
{
    static const char signs[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    unsigned long long left = receipt->next++;
    for (int at = 7; at >= 0; at--, left >>= 6) receipt->number[at] = signs[left & 63];
    return receipt->text;
}

struct accepting { pthread_t id; struct receipt receipt; uint64_t *times; long most, count; uint64_t end_ns; };

static void *accept_some(void *argument)
{
    struct accepting *thread = argument;
    while (thread->count < thread->most && now_ns() < thread->end_ns) {
        const char *request = renumbered(&thread->receipt);
        uint64_t start = now_ns();
        char *reply = call(mail_send_receipt, "mail_send_receipt", request);
        thread->times[thread->count++] = now_ns() - start;
        mail_free(reply);
    }
    return NULL;
}

static void measure_accept(char **arguments)
{
    long most = atol(arguments[4]), count = 0;
    int threads = atoi(arguments[6]);
    struct accepting *all = calloc((size_t)threads, sizeof *all);
    uint64_t *times = malloc((size_t)(most * threads) * sizeof *times);
    open_folder(arguments[2], !strcmp(arguments[7], "sending"));
    for (int at = 0; at < threads; at++) {
        all[at].receipt = receipt_of(arguments[3]);
        all[at].most = most;
        all[at].times = malloc((size_t)most * sizeof *times);
    }
    /* The first call reads the settings: once in the life of a process. */
    mail_free(call(mail_send_receipt, "mail_send_receipt", renumbered(&all[0].receipt)));
    uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), start = now_ns();
    for (int at = 0; at < threads; at++) {
        all[at].end_ns = start + (uint64_t)(atof(arguments[5]) * 1e9);
        if (pthread_create(&all[at].id, NULL, accept_some, &all[at])) stop("till", "no thread");
    }
    for (int at = 0; at < threads; at++) {
        pthread_join(all[at].id, NULL);
        memcpy(times + count, all[at].times, (size_t)all[at].count * sizeof *times);
        count += all[at].count;
    }
    double seconds = (double)(now_ns() - start) / 1e9;
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    double p50 = quantile_us(times, (size_t)count, 0.5), p99 = quantile_us(times, (size_t)count, 0.99);
    printf("{\"count\": %ld, \"p50_us\": %.1f, \"p99_us\": %.1f, \"cpu_us\": %.1f, \"per_second\": %.1f}\n",
           count, p50, p99, (double)cpu / 1e3 / (double)count, (double)count / seconds);
}

static double p50_of(mail_code (*function)(const char *, char **), const char *name, long count)
{
    uint64_t *times = malloc((size_t)count * sizeof *times);
    for (long at = 0; at < count; at++) {
        uint64_t start = now_ns();
        mail_free(call(function, name, NULL));
        times[at] = now_ns() - start;
    }
    return quantile_us(times, (size_t)count, 0.5);
}

static void measure_calls(char **arguments)
{
    open_folder(arguments[2], 0);
    double health = p50_of(mail_health, "mail_health", atol(arguments[3]));
    double journal = p50_of(mail_journal, "mail_journal", atol(arguments[3]));
    printf("{\"health_us\": %.1f, \"journal_us\": %.1f}\n", health, journal);
}

static void measure_drain(char **arguments)
{
    uint64_t start = now_ns(), most_ns = (uint64_t)(atof(arguments[3]) * 1e9);
    open_folder(arguments[2], 1);
    long rss_start = rss_kib(), rss_most = rss_start, before = counted("sent"), sent, waiting;
    do {
        usleep(2000);
        waiting = counted("queued") + counted("sending");
        if (rss_kib() > rss_most) rss_most = rss_kib();
    } while (waiting > 0 && now_ns() - start < most_ns);
    uint64_t end = now_ns();
    sent = counted("sent") - before;
    printf("{\"start_ns\": %llu, \"end_ns\": %llu, \"sent\": %ld, \"waiting\": %ld, \"rss_start_kib\": %ld, \"rss_most_kib\": %ld}\n",
           (unsigned long long)start, (unsigned long long)end, sent, waiting, rss_start, rss_most);
}

static void measure_deliver(char **arguments)
{
    struct receipt receipt = receipt_of(arguments[3]);
    long most = atol(arguments[4]), count = -1;
    uint64_t *times = malloc((size_t)most * sizeof *times), start = now_ns();
    uint64_t most_ns = (uint64_t)(atof(arguments[5]) * 1e9);
    open_folder(arguments[2], 1);
    /* The first one, which makes the TLS session that the others resume, is not counted. */
    for (; count < most && now_ns() - start < most_ns; count++) {
        char wait[64];
        uint64_t one = now_ns();
        char *reply = call(mail_send_receipt, "mail_send_receipt", renumbered(&receipt));
        snprintf(wait, sizeof wait, "{\"id\": %ld, \"timeout_ms\": 20000}", number_in(reply, "id"));
        mail_free(reply);
        mail_free(call(mail_wait, "mail_wait", wait));
        if (count >= 0) times[count] = now_ns() - one;
    }
    printf("{\"mails\": %ld, \"p50_us\": %.1f}\n", count, quantile_us(times, (size_t)count, 0.5));
}

int main(int count, char **arguments)
{
    const char *what = count > 2 ? arguments[1] : "";
    if (!strcmp(what, "configure") && count == 4) {
        open_folder(arguments[2], 0);
        mail_free(call(mail_configure, "mail_configure", read_file(arguments[3], NULL)));
    } else if (!strcmp(what, "accept") && count == 8) measure_accept(arguments);
    else if (!strcmp(what, "calls") && count == 4) measure_calls(arguments);
    else if (!strcmp(what, "drain") && count == 4) measure_drain(arguments);
    else if (!strcmp(what, "deliver") && count == 6) measure_deliver(arguments);
    else if (!strcmp(what, "idle") && count == 4) {
        open_folder(arguments[2], 1);
        puts("{}");
        fflush(stdout);
        sleep((unsigned)atoi(arguments[3]));
    } else stop("till", "see the head of till.c");
    mail_shutdown("{\"wait_ms\": 0}", NULL);
    return 0;
}
