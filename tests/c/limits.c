/* Limits of the process: no more files, no larger files, no more threads, no more memory. Each is a code, and
 * when the limit is gone the same process goes on with nothing lost.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO. TILLMAIL_TEST_MODE: files, file_size,
 * threads (needs root: root itself has no such limit), memory. Prints how many mails were taken.
 */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A user that is not root and owns nothing. */
#define NOBODY 65534

static const char *settings, *to;
static long accepted, aborted, series;

static void limit(int what, rlim_t most)
{
    struct rlimit is;
    CHECK(getrlimit(what, &is) == 0, "the limit is known");
    is.rlim_cur = most == RLIM_INFINITY ? is.rlim_max : most;
    CHECK(setrlimit(what, &is) == 0, "the limit is set");
}

static char *receipt(size_t bytes)
{
    char *text = malloc(bytes + 1), *request;
    static long number;
    CHECK(text != NULL, "there is memory for the test's own text");
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    request = made("{\"number\":\"R-%ld-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\",\"text\":\"%s\"}",
                   series, number++, to, text);
    free(text);
    return request;
}

static mail_code send_one(size_t bytes)
{
    char *request = receipt(bytes), *reply = NULL;
    mail_code code = mail_send_receipt(request, &reply);
    CHECK_REPLY(code == MAIL_OK || reply_has(reply, "\"error\":{"), "a refusal has its error", reply);
    CHECK_REPLY(code != MAIL_E_BUG, "a limit is no bug of the library", reply);
    accepted += code == MAIL_OK;
    mail_free(reply);
    free(request);
    return code;
}

static void all_are_sent(void)
{
    long id;
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    for (id = 1; id <= accepted; id++) {
        char *request = made("{\"id\":%ld,\"timeout_ms\":60000}", id);
        WANT_ONLY(MAIL_OK, mail_wait, request);
        free(request);
    }
}

/* Every call gives an answer; which one depends on what it needs. */
static void every_call_answers(void)
{
    static const mail_call calls[] = {mail_settings, mail_presets, mail_journal, mail_health};
    size_t call;
    for (call = 0; call < sizeof calls / sizeof *calls; call++) {
        char *reply = NULL;
        mail_code code = calls[call](NULL, &reply);
        CHECK_REPLY(code != MAIL_E_BUG && reply && reply[0] == '{', "a call answers under a limit", reply);
        mail_free(reply);
    }
}

static void files(void)
{
    int taken[4096], count = 0, tries;
    char *reply = NULL;
    mail_code code;
    limit(RLIMIT_NOFILE, 256);
    while (count < 4096 && (taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
        count++;
    }
    CHECK(errno == EMFILE, "no file can be opened");
    CHECK(send_one(100) == MAIL_OK, "accepting needs no new file");
    every_call_answers();
    code = mail_verify("{\"deadline_ms\":5000}", &reply);
    CHECK_REPLY(code != MAIL_OK && code != MAIL_E_BUG, "no connection can be opened, and that is no bug", reply);
    mail_free(reply);
    WANT_ONLY(MAIL_E_ATTACHMENT, mail_send_receipt,
              "{\"number\":\"A\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"one@clients.test\",\"text\":\"A\","
              "\"attachments\":[{\"path\":\"/etc/passwd\"}]}");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    {
        char *request = made("{\"folder\":\"%s\"}", parameter("TILLMAIL_TEST_FOLDER"));
        while (count > 0 && close(taken[--count]) == 0) {
        }
        while (count < 4096 && (taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
            count++;
        }
        WANT_ONLY(MAIL_E_FOLDER, mail_init, request);
        /* One free descriptor after the other: whatever opens and then fails half-way is given back. */
        while (count > 0) {
            close(taken[--count]);
            code = mail_init(request, NULL);
            CHECK_REPLY(code == MAIL_OK || code == MAIL_E_FOLDER || code == MAIL_E_DISK || code == MAIL_E_RESOURCES, "a code", mail_last_error());
            if (code == MAIL_OK) {
                break;
            }
        }
        CHECK(count > 128, "a handful of descriptors is enough to open");
        /* Meanwhile the worker has looked for what it needs, and has not given up for good. */
        for (tries = 0; tries < 50; tries++) {
            const struct timespec moment = {0, 10000000};
            every_call_answers();
            nanosleep(&moment, NULL);
        }
        while (count > 0) {
            close(taken[--count]);
        }
        free(request);
    }
}

static void file_size(void)
{
    struct sigaction action;
    sigset_t pending;
    char *path = made("%s/outbox.db-wal", parameter("TILLMAIL_TEST_FOLDER"));
    struct stat found;
    mail_code code = MAIL_OK;
    int tries;
    CHECK(send_one(100000) == MAIL_OK, "a receipt");
    CHECK(stat(path, &found) == 0 && found.st_size > 0, "there is a log");
    CHECK(sigaction(SIGXFSZ, NULL, &action) == 0 && action.sa_handler == SIG_DFL, "the signal would end us");
    /* The log grows beyond, and the system raises SIGXFSZ on the thread that writes. */
    limit(RLIMIT_FSIZE, (rlim_t)found.st_size);
    for (tries = 0; tries < 50 && code == MAIL_OK; tries++) {
        code = send_one(100000);
    }
    CHECK(code == MAIL_E_DISK || code == MAIL_E_DISK_FULL, "a file that may not grow is a fault of the disk");
    every_call_answers();
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGXFSZ), "no signal is left waiting");
    CHECK(sigprocmask(SIG_SETMASK, NULL, &pending) == 0 && !sigismember(&pending, SIGXFSZ), "nor blocked");
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    free(path);
}

static void threads(void)
{
    char *folder = made("%s/of_nobody", parameter("TILLMAIL_TEST_SCRATCH"));
    char *request = made("{\"folder\":\"%s\"}", folder);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    CHECK(mkdir(folder, 0700) == 0 && chown(folder, NOBODY, NOBODY) == 0, "a folder of nobody (needs root)");
    CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "this program is nobody");
    limit(RLIMIT_NPROC, 0);
    HAS(mail_last_error(), "");
    WANT_ONLY(MAIL_E_RESOURCES, mail_init, request);
    WANT_ONLY(MAIL_E_RESOURCES, mail_init, request);
    limit(RLIMIT_NPROC, RLIM_INFINITY);
    WANT_ONLY(MAIL_OK, mail_init, request);
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    limit(RLIMIT_NPROC, 0);
    CHECK(send_one(100) == MAIL_OK, "accepting needs no thread");
    WANT_ONLY(MAIL_E_RESOURCES, mail_verify, NULL);
    limit(RLIMIT_NPROC, RLIM_INFINITY);
    WANT_ONLY(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
    free(folder);
    free(request);
}

static rlim_t in_use(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu", &pages) == 1, "the memory in use is known");
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* A large request with too little memory is a code. Where even the small things find none, Rust ends the
 * process; what was acknowledged is on the disk then, and perhaps the one that it was about to acknowledge. */
static void memory(void)
{
    static const rlim_t rooms[] = {64 << 20, 16 << 20, 4 << 20, 1 << 20, 256 << 10, 0};
    size_t room;
    CHECK(send_one(100) == MAIL_OK, "a receipt");
    {
        char *large = receipt(30 << 20);
        char *reply = NULL;
        mail_code code;
        limit(RLIMIT_AS, in_use() + (100 << 20));
        code = mail_send_receipt(large, &reply);
        CHECK_REPLY(code == MAIL_E_RESOURCES, "there is no room for a request of 30 MB", reply);
        HAS(mail_last_error(), "memory");
        mail_free(reply);
        CHECK(send_one(100) == MAIL_OK, "but for a usual one");
        limit(RLIMIT_AS, RLIM_INFINITY);
        free(large);
    }
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    for (room = 0; room < sizeof rooms / sizeof *rooms; room++) {
        int status = 0, told[2];
        long taken = 0;
        pid_t child;
        CHECK(pipe(told) == 0, "a pipe");
        child = fork();
        if (child == 0) {
            /* Its last words, if Rust has any, go nowhere. */
            CHECK(freopen("/dev/null", "w", stderr) != NULL, "quiet");
            accepted = 0;
            series = (long)room + 1;
            open_folder();
            limit(RLIMIT_AS, in_use() + rooms[room]);
            while (accepted < 20 && send_one(300000) == MAIL_OK) {
                (void)!write(told[1], "+", 1);
            }
            limit(RLIMIT_AS, RLIM_INFINITY);
            WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
            _exit(0);
        }
        close(told[1]);
        CHECK(child > 0 && waitpid(child, &status, 0) == child, "the child ends");
        CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT),
              "it worked, was refused, or was ended by Rust's abort()");
        {
            char byte;
            while (read(told[0], &byte, 1) == 1) {
                taken++;
            }
        }
        close(told[0]);
        accepted += taken;
        aborted += WIFSIGNALED(status) != 0;
        fprintf(stderr, "%lu KiB: %ld taken, %s\n", (unsigned long)(rooms[room] >> 10), taken,
                WIFEXITED(status) ? "went on" : "aborted");
    }
    open_folder();
}

int main(void)
{
    const char *mode = parameter("TILLMAIL_TEST_MODE");
    settings = parameter("TILLMAIL_TEST_SETTINGS");
    to = parameter("TILLMAIL_TEST_TO");
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    if (strcmp(mode, "files") == 0) {
        files();
    } else if (strcmp(mode, "file_size") == 0) {
        file_size();
    } else if (strcmp(mode, "threads") == 0) {
        threads();
    } else if (strcmp(mode, "memory") == 0) {
        memory();
    } else {
        CHECK_REPLY(0, "this mode is known", mode);
    }
    all_are_sent();
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    printf("accepted=%ld\naborted=%ld\n", accepted, aborted);
    return 0;
}
