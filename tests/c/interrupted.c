/* Signals: a timer interrupts this program's calls a thousand times a second, without SA_RESTART, and floating
 * point faults are signals, in both units of the processor. No call fails, no setting changes, and no handler
 * of the host runs on a thread of the library.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define RECEIPTS 40
#define ALL_FAULTS (FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT)

static volatile sig_atomic_t interruptions, on_a_strange_thread;
static int over;
static long main_thread, looked;

static void on_alarm(int number)
{
    (void)number;
    interruptions++;
    if (syscall(SYS_gettid) != main_thread) {
        on_a_strange_thread++;
    }
}

static void start_the_storm(void)
{
    struct sigaction action;
    struct itimerval often = {{0, 1000}, {0, 1000}};
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    /* No SA_RESTART: whatever can be interrupted is. */
    CHECK(sigaction(SIGALRM, &action, NULL) == 0, "a handler");
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0, "a timer");
}

static void stop_the_storm(void)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0, "the timer stops");
}

/* x87 and SSE, as the processor has them. */
struct control {
    int exceptions, rounding;
    unsigned int control_word, mxcsr;
};

static struct control control(void)
{
    struct control found;
    fenv_t floating;
    memset(&found, 0, sizeof found);
    found.exceptions = fegetexcept();
    found.rounding = fegetround();
    CHECK(fegetenv(&floating) == 0, "the settings can be read");
#if defined(__x86_64__) || defined(__i386__)
    found.control_word = floating.__control_word;
#endif
#if defined(__x86_64__)
    found.mxcsr = floating.__mxcsr & 0xffc0;
#endif
    return found;
}

static struct control of_the_host;

/* Whether it was seen; of a thread that is ending the system says that it blocks and catches nothing. */
static long has_no_signals(const char *thread)
{
    char *path = made("/proc/self/task/%s/status", thread), line[256];
    FILE *file = fopen(path, "r");
    unsigned long long blocked = 0, caught = 0;
    while (file && !caught && fgets(line, sizeof line, file)) {
        if (sscanf(line, "SigBlk: %llx", &blocked) != 1) {
            (void)sscanf(line, "SigCgt: %llx", &caught);
        }
    }
    if (file) {
        fclose(file);
    }
    free(path);
    CHECK_REPLY(!caught || (blocked >> (SIGALRM - 1) & 1), "a thread of the library takes no signals", thread);
    return caught != 0;
}

static void call(mail_code code, mail_call function, const char *name, const char *request)
{
    struct control after;
    mail_free(check_call(__FILE__, __LINE__, code, function, name, request));
    after = control();
    CHECK_REPLY(memcmp(&after, &of_the_host, sizeof after) == 0, "the floating-point settings stay", name);
}

#define CALL(code, function, request) call(code, function, #function, request)

static void unmask(void)
{
    CHECK(is_emulated() || feenableexcept(ALL_FAULTS) != -1, "all unmasked");
    CHECK(fesetround(FE_UPWARD) == 0, "an unusual rounding");
    of_the_host = control();
    CHECK(is_emulated() || of_the_host.exceptions == ALL_FAULTS, "all unmasked");
}

/* Looks, as long as the calls last, whether a thread that is not ours lets signals in. */
static void *watches(void *nothing)
{
    long self = syscall(SYS_gettid);
    while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
        DIR *tasks = opendir("/proc/self/task");
        struct dirent *entry;
        CHECK(tasks != NULL, "the threads can be listed");
        while ((entry = readdir(tasks)) != NULL) {
            long thread = strtol(entry->d_name, NULL, 10);
            if (thread != 0 && thread != self && thread != main_thread) {
                looked += has_no_signals(entry->d_name);
            }
        }
        closedir(tasks);
    }
    return nothing;
}

static void everything(const char *open, const char *settings, const char *to)
{
    char *test = made("{\"to\":\"%s\"}", to);
    int number;
    CALL(MAIL_OK, mail_init, open);
    CALL(MAIL_OK, mail_configure, settings);
    CALL(MAIL_OK, mail_verify, test);
    for (number = 1; number <= RECEIPTS; number++) {
        char *request = made("{\"number\":\"S-%d\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                             "\"text\":\"6,50\"}", number, to);
        char *wait = made("{\"id\":%d,\"timeout_ms\":60000}", number);
        CALL(MAIL_OK, mail_send_receipt, request);
        CALL(MAIL_OK, mail_wait, wait);
        free(request);
        free(wait);
    }
    CALL(MAIL_OK, mail_settings, NULL);
    CALL(MAIL_OK, mail_presets, NULL);
    CALL(MAIL_OK, mail_journal, NULL);
    CALL(MAIL_OK, mail_health, NULL);
    CALL(MAIL_OK, mail_save_and_test, test);
    CALL(MAIL_OK, mail_resend, "{\"id\":1}");
    CALL(MAIL_E_STATE, mail_retry, "{\"id\":1}");
    CALL(MAIL_E_STATE, mail_cancel, "{\"id\":1}");
    CALL(MAIL_E_UNKNOWN_ID, mail_wait, "{\"id\":9999}");
    CALL(MAIL_E_JSON, mail_send_receipt, "{\"number\":1e400");
    CALL(MAIL_E_TYPE, mail_wait, "{\"id\":1.5e300}");
    /* One tenth is inexact in any unit: without the library's care this is the end of the program. */
    CALL(MAIL_E_TYPE, mail_wait, "{\"id\":0.1}");
    CALL(MAIL_E_NULL, mail_send_message, NULL);
    CALL(MAIL_OK, mail_shutdown, NULL);
    CALL(MAIL_E_SHUT_DOWN, mail_health, NULL);
    free(test);
}

static void start_watching(pthread_t *watcher)
{
    sigset_t all, before;
    sigfillset(&all);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0, "it takes no signals itself");
    CHECK(pthread_create(watcher, NULL, watches, NULL) == 0, "a thread starts");
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0, "as before");
}

int main(void)
{
    char *open = made("{\"folder\":\"%s\"}", parameter("TILLMAIL_TEST_FOLDER"));
    pthread_t watcher;
    main_thread = syscall(SYS_gettid);
    unmask();
    start_watching(&watcher);
    start_the_storm();
    everything(open, parameter("TILLMAIL_TEST_SETTINGS"), parameter("TILLMAIL_TEST_TO"));
    stop_the_storm();
    __atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
    CHECK(pthread_join(watcher, NULL) == 0 && looked > 10, "the threads of the library were looked at");
    CHECK(interruptions > 100, "it was interrupted often");
    CHECK(on_a_strange_thread == 0, "the host's handler ran on the host's thread only");
    fedisableexcept(FE_ALL_EXCEPT);
    printf("interruptions=%d\n", (int)interruptions);
    free(open);
    return 0;
}
