/* A host that forks: the child's calls answer with a code and never hang, the parent goes on and loses
 * nothing, and a child that lives on does not keep the right to send.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO, TILLMAIL_TEST_MODE (busy, orphan, clean,
 * descriptors). busy prints how many mails were taken.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 20
#define FORKS 60
/* A child that hangs is ended by SIGALRM, and its parent sees that. */
#define CHILD_SECONDS 60

static const char *program, *settings, *to;
static int over;
static long accepted;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char *receipt(const char *series, long thread, long number)
{
    return made("{\"number\":\"%s-%ld-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                "\"text\":\"FORK\"}", series, thread, number, to);
}

static void child_ends_well(pid_t child, const char *what)
{
    int status = 0;
    char told[64];
    CHECK(child > 0 && waitpid(child, &status, 0) == child, what);
    snprintf(told, sizeof told, "status %#x", (unsigned)status);
    CHECK_REPLY(WIFEXITED(status) && WEXITSTATUS(status) == 0, what, told);
}

/* Every call of the interface, and the four that need nothing. */
static void a_child_is_turned_away(void)
{
    static const mail_call calls[] = {
        mail_init, mail_configure, mail_settings, mail_presets, mail_verify, mail_save_and_test, mail_sign_in,
        mail_send_receipt, mail_preview, mail_send_message, mail_wait, mail_journal, mail_health, mail_retry, mail_cancel,
        mail_resend, mail_erase, mail_shutdown,
    };
    static const char *const requests[] = {NULL, "{}", "{\"id\":1}", "{"};
    size_t call, request;
    alarm(CHILD_SECONDS);
    for (call = 0; call < sizeof calls / sizeof *calls; call++) {
        for (request = 0; request < sizeof requests / sizeof *requests; request++) {
            char *reply = check_call(__FILE__, __LINE__, MAIL_E_FORKED, calls[call], "a call of the child",
                                     requests[request]);
            HAS(reply, "\"class\":\"state\"");
            HAS(mail_last_error(), "fork");
            mail_free(reply);
        }
        CHECK(calls[call](NULL, NULL) == MAIL_E_FORKED, "also without a reply");
    }
    CHECK(mail_abi_version() == TILLMAIL_ABI_VERSION && mail_version()[0] != '\0', "the versions are told");
    mail_free(NULL);
}

static void *sells(void *argument)
{
    long thread = *(const long *)argument, number;
    for (number = 0; !__atomic_load_n(&over, __ATOMIC_SEQ_CST); number++) {
        char *request = receipt("F", thread, number);
        WANT_ONLY(MAIL_OK, mail_send_receipt, request);
        free(request);
        pthread_mutex_lock(&lock);
        accepted++;
        pthread_mutex_unlock(&lock);
        WANT_ONLY(MAIL_OK, mail_health, NULL);
        WANT_ONLY(MAIL_OK, mail_journal, "{\"limit\":3}");
        WANT_ONLY(MAIL_E_UNKNOWN_ID, mail_wait, "{\"id\":100000}");
    }
    return NULL;
}

static pid_t forked(long number)
{
    pid_t child = fork();
    if (child == 0) {
        a_child_is_turned_away();
        if (number % 3 == 0) {
            /* A grandchild is no better. */
            pid_t grandchild = fork();
            if (grandchild == 0) {
                a_child_is_turned_away();
                _exit(0);
            }
            child_ends_well(grandchild, "the grandchild");
        }
        if (number % 2 == 0) {
            exit(0);
        }
        _exit(0);
    }
    return child;
}

/* glibc has it since 2.34: no handlers are run in the child. */
static void a_child_without_handlers(void)
{
    pid_t child = _Fork();
    if (child == 0) {
        a_child_is_turned_away();
        _exit(0);
    }
    child_ends_well(child, "a child of _Fork");
}

static void busy(void)
{
    pthread_t threads[THREADS];
    long numbers[THREADS], number;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    for (number = 0; number < THREADS; number++) {
        numbers[number] = number;
        CHECK(pthread_create(&threads[number], NULL, sells, &numbers[number]) == 0, "a thread starts");
    }
    for (number = 0; number < (long)parameter_number("TILLMAIL_TEST_FORKS", FORKS); number++) {
        child_ends_well(forked(number), "a child, while twenty threads call");
    }
    a_child_without_handlers();
    __atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
    for (number = 0; number < THREADS; number++) {
        CHECK(pthread_join(threads[number], NULL) == 0, "a thread ends");
    }
    for (number = 1; number <= accepted; number++) {
        char *request = made("{\"id\":%ld,\"timeout_ms\":60000}", number);
        WANT_ONLY(MAIL_OK, mail_wait, request);
        free(request);
    }
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    printf("accepted=%ld\n", accepted);
}

/* Opens, forks a child that lives until `stays` is closed, and ends without a word. */
static void opens_forks_and_ends(const int *stays, int ready)
{
    char byte;
    pid_t child;
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    /* The worker has the right to drain by now. */
    while (1) {
        char *reply = WANT(MAIL_OK, mail_health, NULL);
        int draining = reply_has(reply, "\"draining\":true");
        mail_free(reply);
        if (draining) {
            break;
        }
    }
    child = fork();
    if (child == 0) {
        close(stays[1]);
        a_child_is_turned_away();
        /* From here on it lives until it is told to end. */
        alarm(0);
        CHECK(write(ready, "+", 1) == 1, "the child is ready");
        (void)!read(stays[0], &byte, 1);
        _exit(0);
    }
    CHECK(child > 0, "a child");
    kill(getpid(), SIGKILL);
}

/* The usual mistake of a daemon: opens, forks, and the parent ends. The child must not keep everybody
 * else from sending, and says what is wrong. */
static void orphan(void)
{
    int stays[2], ready[2];
    char byte;
    char *request = receipt("O", 1, 1);
    pid_t opener;
    CHECK(pipe(stays) == 0 && pipe(ready) == 0, "pipes");
    opener = fork();
    if (opener == 0) {
        opens_forks_and_ends(stays, ready[1]);
    }
    CHECK(opener > 0 && waitpid(opener, NULL, 0) == opener, "the opener has ended");
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1, "its child lives on and was turned away");
    /* This process is a parent in which nothing was open: it may open. */
    open_folder();
    WANT_ONLY(MAIL_OK, mail_send_receipt, request);
    WANT_ONLY(MAIL_OK, mail_wait, "{\"id\":1,\"timeout_ms\":60000}");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    close(stays[1]);
    free(request);
}

static void sends_one(const char *series, const char *wait)
{
    char *request = receipt(series, 1, 1);
    alarm(CHILD_SECONDS);
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    WANT_ONLY(MAIL_OK, mail_send_receipt, request);
    WANT_ONLY(MAIL_OK, mail_wait, wait);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    free(request);
}

/* A child of a process where the library is loaded, or was shut down, is as good as new. */
static void clean(void)
{
    pid_t child;
    WANT_ONLY(MAIL_E_JSON, mail_health, "{");
    child = fork();
    if (child == 0) {
        sends_one("A", "{\"id\":1,\"timeout_ms\":60000}");
        _exit(0);
    }
    child_ends_well(child, "a child of a parent that had nothing open");
    sends_one("B", "{\"id\":2,\"timeout_ms\":60000}");
    child = fork();
    if (child == 0) {
        sends_one("C", "{\"id\":3,\"timeout_ms\":60000}");
        _exit(0);
    }
    child_ends_well(child, "a child after the parent's shutdown");
    sends_one("D", "{\"id\":4,\"timeout_ms\":60000}");
}

/* What a program started by a host inherits; run by `descriptors` with exec. */
static void inherited(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    CHECK(folder != NULL, "the descriptors can be listed");
    while ((entry = readdir(folder)) != NULL) {
        char target[4096];
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        if (length < 0 || atoi(entry->d_name) <= STDERR_FILENO || atoi(entry->d_name) == dirfd(folder)) {
            continue;
        }
        target[length] = '\0';
        CHECK_REPLY(0, "a started program inherits no descriptor", target);
    }
    closedir(folder);
}

static void descriptors(void)
{
    char *request = receipt("X", 1, 1);
    int time, number;
    /* What this program itself was given is no concern of this check. */
    for (number = STDERR_FILENO + 1; number < 256; number++) {
        close(number);
    }
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    WANT_ONLY(MAIL_OK, mail_send_receipt, request);
    for (time = 0; time < 20; time++) {
        pid_t child = fork();
        if (child == 0) {
            setenv("TILLMAIL_TEST_MODE", "inherited", 1);
            execl(program, program, (char *)NULL);
            _exit(1);
        }
        child_ends_well(child, "a started program");
    }
    WANT_ONLY(MAIL_OK, mail_wait, "{\"id\":1,\"timeout_ms\":60000}");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    free(request);
}

int main(int count, char **arguments)
{
    const char *mode = parameter("TILLMAIL_TEST_MODE");
    CHECK(count == 1, "no arguments");
    program = arguments[0];
    settings = parameter("TILLMAIL_TEST_SETTINGS");
    to = parameter("TILLMAIL_TEST_TO");
    if (strcmp(mode, "busy") == 0) {
        busy();
    } else if (strcmp(mode, "orphan") == 0) {
        orphan();
    } else if (strcmp(mode, "clean") == 0) {
        clean();
    } else if (strcmp(mode, "descriptors") == 0) {
        descriptors();
    } else if (strcmp(mode, "inherited") == 0) {
        inherited();
    } else {
        CHECK_REPLY(0, "this mode is known", mode);
    }
    return 0;
}
