/* The library is a good guest: loaded at run time, it prints nothing, changes nothing of the host's,
 * and can be loaded and closed as often as the host likes.
 *
 * TILLMAIL_TEST_LIBRARY (path), TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SCRATCH, TILLMAIL_TEST_SETTINGS,
 * TILLMAIL_TEST_RECEIPT, TILLMAIL_TEST_RESET_PORT (a server that resets the line).
 */
#define _GNU_SOURCE
#define CHECK_WITHOUT_LIBRARY
#include "check.h"
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RELOADS 50
#define SIGNALS 65
#define WORDS 256
/* ThreadSanitizer starts one of its own with the program's first. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_OF_A_TOOL 1
#endif
#endif
#ifndef THREADS_OF_A_TOOL
#define THREADS_OF_A_TOOL 0
#endif

extern char **environ;

static struct {
    void *handle;
    mail_call init, configure, settings, verify, send_receipt, wait, journal, health, shutdown;
    void (*free)(char *);
    const char *(*version)(void);
    int32_t (*abi_version)(void);
    const char *(*last_error)(void);
} library;

/* All of the host that a library could change. */
struct host {
    struct sigaction handlers[SIGNALS];
    sigset_t mask;
    char locale[WORDS];
    char folder[4096];
    mode_t umask;
    int exceptions, rounding;
    unsigned int control_word, mxcsr;
    long environment;
};

static volatile sig_atomic_t handled;

static void handler(int number)
{
    handled = number;
}

/* ISO C knows no way from a data pointer to a function pointer but its bytes; POSIX promises that they fit. */
static void find(void *function, const char *name)
{
    void *symbol = dlsym(library.handle, name);
    CHECK_REPLY(symbol != NULL, "the library has this function", name);
    memcpy(function, &symbol, sizeof symbol);
}

static void load(void)
{
    library.handle = dlopen(parameter("TILLMAIL_TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    CHECK_REPLY(library.handle != NULL, "the library can be loaded", dlerror());
    find(&library.init, "mail_init");
    find(&library.configure, "mail_configure");
    find(&library.settings, "mail_settings");
    find(&library.verify, "mail_verify");
    find(&library.send_receipt, "mail_send_receipt");
    find(&library.wait, "mail_wait");
    find(&library.journal, "mail_journal");
    find(&library.health, "mail_health");
    find(&library.shutdown, "mail_shutdown");
    find(&library.free, "mail_free");
    find(&library.version, "mail_version");
    find(&library.abi_version, "mail_abi_version");
    find(&library.last_error, "mail_last_error");
}

static void ask(mail_code code, const char *name, mail_call call, const char *request)
{
    char what[256];
    char *reply = NULL;
    mail_code given = call(request, &reply);
    snprintf(what, sizeof what, "%s(%.120s) gives %d, not %d", name, request ? request : "NULL", (int)code,
             (int)given);
    CHECK_REPLY(given == code, what, reply);
    library.free(reply);
}

#define ASK(code, call, request) ask(code, #call, library.call, request)

static void open_guest(void)
{
    char *request = made("{\"folder\":\"%s\"}", parameter("TILLMAIL_TEST_FOLDER"));
    ASK(MAIL_OK, init, request);
    free(request);
}

static long entries(const char *path)
{
    long count = 0;
    DIR *folder = opendir(path);
    CHECK_REPLY(folder != NULL, "the folder can be listed", path);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

/* FNV-1a over the whole environment. */
static long environment(void)
{
    unsigned long hash = 2166136261UL;
    char **variable;
    const char *character;
    for (variable = environ; *variable; variable++) {
        for (character = *variable; *character; character++) {
            hash = ((hash ^ (unsigned char)*character) * 16777619UL) & 0xffffffffUL;
        }
    }
    return (long)hash;
}

static void look(struct host *host)
{
    int number;
    fenv_t floating;
    memset(host, 0, sizeof *host);
    for (number = 1; number < SIGNALS; number++) {
        /* Two numbers belong to the C library and answer EINVAL. */
        (void)sigaction(number, NULL, &host->handlers[number]);
    }
    CHECK(sigprocmask(SIG_SETMASK, NULL, &host->mask) == 0, "the mask can be read");
    snprintf(host->locale, sizeof host->locale, "%s", setlocale(LC_ALL, NULL));
    CHECK(getcwd(host->folder, sizeof host->folder) != NULL, "the working folder can be read");
    host->umask = umask(0);
    umask(host->umask);
    host->exceptions = fegetexcept();
    host->rounding = fegetround();
    host->environment = environment();
    CHECK(fegetenv(&floating) == 0, "the floating-point settings can be read");
#if defined(__x86_64__)
    host->control_word = floating.__control_word;
    /* The low six bits are flags of what happened, not settings. */
    host->mxcsr = floating.__mxcsr & 0xffc0;
#endif
}

static void same(const struct host *before, const char *when)
{
    struct host after;
    int number;
    look(&after);
    for (number = 1; number < SIGNALS; number++) {
        const struct sigaction *was = &before->handlers[number], *is = &after.handlers[number];
        CHECK_REPLY(was->sa_handler == is->sa_handler && was->sa_flags == is->sa_flags, "no handler is changed",
                    when);
        CHECK_REPLY(sigismember(&before->mask, number) == sigismember(&after.mask, number), "no mask is changed",
                    when);
    }
    CHECK_REPLY(after.handlers[SIGPIPE].sa_handler == SIG_DFL, "SIGPIPE stays as it was", when);
    CHECK_REPLY(strcmp(before->locale, after.locale) == 0, "the locale stays", when);
    CHECK_REPLY(strcmp(before->folder, after.folder) == 0, "the working folder stays", when);
    CHECK_REPLY(before->umask == after.umask, "the umask stays", when);
    CHECK_REPLY(before->environment == after.environment, "the environment stays", when);
    CHECK_REPLY(before->exceptions == after.exceptions, "floating-point exceptions stay unmasked", when);
    CHECK_REPLY(before->rounding == after.rounding, "the rounding stays", when);
    CHECK_REPLY(before->control_word == after.control_word, "the x87 control word stays", when);
    CHECK_REPLY(before->mxcsr == after.mxcsr, "MXCSR stays", when);
}

static void set_up_the_host(void)
{
    struct sigaction action;
    sigset_t blocked;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGCHLD, &action, NULL) == 0, "handlers are set");
    action.sa_handler = SIG_DFL;
    action.sa_flags = 0;
    CHECK(sigaction(SIGPIPE, &action, NULL) == 0, "SIGPIPE is as usual");
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK(sigprocmask(SIG_SETMASK, &blocked, NULL) == 0, "a mask is set");
    CHECK(setlocale(LC_ALL, "") != NULL || setlocale(LC_ALL, "C") != NULL, "a locale is set");
    umask(027);
    /* As Delphi and some games have it: a fault of arithmetic is a signal. */
    if (!is_emulated()) {
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
    }
    fesetround(FE_DOWNWARD);
}

/* A server that resets the line in the middle must not be the host's end by SIGPIPE. */
static void a_lost_line_is_no_signal(void)
{
    int try;
    char *request = made("{\"settings\":{\"smtp\":{\"host\":\"127.0.0.1\",\"port\":%s,\"security\":\"none\","
                         "\"user\":null,\"password\":null}},\"deadline_ms\":5000}",
                         parameter("TILLMAIL_TEST_RESET_PORT"));
    for (try = 0; try < 5; try++) {
        ASK(MAIL_E_NETWORK, verify, request);
    }
    free(request);
}

static void the_whole_walk(struct host *host)
{
    open_guest();
    same(host, "after init");
    ASK(MAIL_OK, configure, parameter("TILLMAIL_TEST_SETTINGS"));
    same(host, "after configure");
    ASK(MAIL_OK, verify, "{\"to\":\"one@clients.test\"}");
    same(host, "after verify");
    ASK(MAIL_OK, send_receipt, parameter("TILLMAIL_TEST_RECEIPT"));
    same(host, "after send_receipt");
    ASK(MAIL_OK, wait, "{\"id\":1,\"timeout_ms\":60000}");
    same(host, "after wait");
    a_lost_line_is_no_signal();
    same(host, "after a lost line");
    ASK(MAIL_OK, settings, NULL);
    ASK(MAIL_OK, journal, NULL);
    ASK(MAIL_OK, health, NULL);
    ASK(MAIL_E_JSON, send_receipt, "{");
    ASK(MAIL_E_UNKNOWN_ID, wait, "{\"id\":12}");
    CHECK(library.last_error()[0] != '\0', "a failure has a sentence");
    same(host, "after failures");
    ASK(MAIL_OK, shutdown, NULL);
    same(host, "after shutdown");
}

/* The host's handlers run on the host's threads only. */
static void signals_reach_the_host(void)
{
    handled = 0;
    CHECK(kill(getpid(), SIGUSR1) == 0, "a signal is sent");
    CHECK(handled == SIGUSR1, "the only thread that takes signals has taken it");
}

static void loaded_and_closed_many_times(const struct host *host)
{
    int time;
    for (time = 0; time < RELOADS; time++) {
        load();
        CHECK(library.abi_version() == TILLMAIL_ABI_VERSION && library.version()[0] != '\0', "the versions");
        if (time % 5 != 0) {
            open_guest();
            ASK(MAIL_OK, health, NULL);
            ASK(MAIL_OK, journal, "{\"id\":1}");
        }
        if (time % 2 == 0) {
            ASK(MAIL_OK, shutdown, NULL);
        }
        CHECK(dlclose(library.handle) == 0, "the library can be closed");
        same(host, "after a reload");
    }
    load();
    ASK(MAIL_OK, shutdown, NULL);
    CHECK(dlclose(library.handle) == 0, "the library can be closed");
}

/* A thread that was joined may stand in /proc for a moment longer. */
static void only_the_first_threads_are_left(long first)
{
    const struct timespec tick = {0, 1000000};
    int tries;
    for (tries = 0; entries("/proc/self/task") > first && tries < 2000; tries++) {
        nanosleep(&tick, NULL);
    }
    CHECK(entries("/proc/self/task") == first, "no thread is left but those of the beginning");
}

static int redirected(const char *scratch, const char *name, int descriptor)
{
    char *path = made("%s/%s", scratch, name);
    int file = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    CHECK_REPLY(file >= 0 && dup2(file, descriptor) >= 0, "the output goes to a file", path);
    free(path);
    return file;
}

static void is_empty(int file, const char *name)
{
    char text[1024];
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    CHECK_REPLY(length >= 0, "the output can be read", name);
    text[length] = '\0';
    CHECK_REPLY(length == 0, "nothing is printed", text);
}

int main(void)
{
    const char *scratch = parameter("TILLMAIL_TEST_SCRATCH");
    struct host host;
    int out, error;
    long descriptors, threads;
    check_output = fdopen(dup(STDERR_FILENO), "w");
    out = redirected(scratch, "stdout", STDOUT_FILENO);
    error = redirected(scratch, "stderr", STDERR_FILENO);
    set_up_the_host();
    look(&host);
    CHECK(is_emulated() || host.exceptions == (FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW), "faults are signals");
    CHECK(host.rounding == FE_DOWNWARD, "the host's floating-point settings are unusual");
    descriptors = entries("/proc/self/fd");
    threads = entries("/proc/self/task") + THREADS_OF_A_TOOL;
    load();
    same(&host, "after loading");
    the_whole_walk(&host);
    only_the_first_threads_are_left(threads);
    CHECK(entries("/proc/self/fd") == descriptors, "no descriptor is left open after the shutdown");
    open_guest();
    signals_reach_the_host();
    ASK(MAIL_OK, shutdown, NULL);
    CHECK(dlclose(library.handle) == 0, "the library can be closed");
    loaded_and_closed_many_times(&host);
    only_the_first_threads_are_left(threads);
    CHECK(entries("/proc/self/fd") == descriptors, "no descriptor is left open after many loads");
    fflush(NULL);
    is_empty(out, "stdout");
    is_empty(error, "stderr");
    return 0;
}
