/* A GUI's main loop (GLib's): its callbacks call the library while other threads wait for the network in it,
 * and while one shuts it down. No callback may be held up, or the screen freezes. After the loop the library
 * is called where programs end: in an atexit handler, in a destructor, and in a thread's own destructor.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_TO, TILLMAIL_TEST_SILENT_PORT (a server that takes the line and says
 * nothing). TILLMAIL_TEST_MODE: shut_down, or leave (ends without mail_shutdown).
 */
#define _GNU_SOURCE
#include "check.h"
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* How long the waiting calls take, and how long a callback may: far more than a disk write, far less than they. */
#define WAITING_MS 10000
#define CALLBACK_SECONDS 4.0
#define LOOP_SECONDS 3.0

static GMainLoop *loop;
static const char *to;
static int waiting, back, shutting_down;
static double longest, started_at;
static long callbacks, receipts, shut_down_seen;
static int at_exit_calls;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *waits(void *request)
{
    char *reply = NULL;
    mail_code code;
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    code = mail_wait(request, &reply);
    CHECK_REPLY(code == MAIL_E_TIMEOUT || code == MAIL_E_SHUT_DOWN, "the mail waits for a silent server", reply);
    mail_free(reply);
    __atomic_add_fetch(&back, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *verifies(void *request)
{
    char *reply = NULL;
    mail_code code;
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    code = mail_verify(request, &reply);
    CHECK_REPLY(code == MAIL_E_NETWORK, "the server says nothing", reply);
    mail_free(reply);
    __atomic_add_fetch(&back, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *shuts_down(void *nothing)
{
    __atomic_store_n(&shutting_down, 1, __ATOMIC_SEQ_CST);
    WANT_ONLY(MAIL_OK, mail_shutdown, "{\"wait_ms\":2000}");
    return nothing;
}

static void call_in_time(mail_call call, const char *request)
{
    char *reply = NULL;
    double from = now(), took;
    mail_code code = call(request, &reply);
    took = now() - from;
    longest = took > longest ? took : longest;
    CHECK_REPLY(code == MAIL_OK || (__atomic_load_n(&shutting_down, __ATOMIC_SEQ_CST) && code == MAIL_E_SHUT_DOWN), "a callback's call works", reply);
    CHECK_REPLY(took < CALLBACK_SECONDS, "a callback is not held up by the threads that wait", reply);
    shut_down_seen += code == MAIL_E_SHUT_DOWN;
    mail_free(reply);
}

/* What a screen does: status, journal, and a sale now and then. */
static void draw(void)
{
    callbacks++;
    call_in_time(mail_health, NULL);
    call_in_time(mail_journal, "{\"limit\":5}");
    if (callbacks % 10 == 0) {
        char *request = made("{\"number\":\"L-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                             "\"text\":\"LOOP\"}", callbacks, to);
        call_in_time(mail_send_receipt, request);
        receipts++;
        free(request);
    }
}

static gboolean on_timer(gpointer closes)
{
    static pthread_t closing;
    static int asked;
    draw();
    if (now() - started_at < LOOP_SECONDS) {
        return G_SOURCE_CONTINUE;
    }
    CHECK(__atomic_load_n(&back, __ATOMIC_SEQ_CST) == 0, "the other threads waited in the library all the time");
    if (!closes) {
        g_main_loop_quit(loop);
        return G_SOURCE_REMOVE;
    }
    if (!asked) {
        asked = 1;
        CHECK(pthread_create(&closing, NULL, shuts_down, NULL) == 0, "a thread starts");
    }
    if (shut_down_seen < 50) {
        return G_SOURCE_CONTINUE;
    }
    CHECK(pthread_join(closing, NULL) == 0, "the shutdown ends");
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static gboolean on_idle(gpointer nothing)
{
    (void)nothing;
    call_in_time(mail_health, NULL);
    /* An idle source that is never done would take the whole processor. */
    return now() - started_at < LOOP_SECONDS / 3 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Any code will do, but there must be one, soon: alarm() ends a program that hangs here. */
static void calls_at_the_end(void)
{
    static const mail_call calls[] = {mail_health, mail_journal, mail_verify, mail_init, mail_settings, mail_shutdown};
    size_t call;
    alarm(60);
    for (call = 0; call < sizeof calls / sizeof *calls; call++) {
        char *reply = NULL;
        mail_code code = calls[call](calls[call] == mail_verify ? "{\"deadline_ms\":200}" : NULL, &reply);
        CHECK_REPLY(reply && (code == MAIL_OK || reply_has(reply, "\"error\":{")), "an answer at the end", reply);
        CHECK_REPLY(code != MAIL_E_BUG, "and a sensible one", reply);
        mail_free(reply);
        (void)mail_last_error();
        at_exit_calls++;
    }
}

static void at_exit(void)
{
    calls_at_the_end();
}

__attribute__((destructor)) static void on_unload(void)
{
    if (at_exit_calls) {
        calls_at_the_end();
        fprintf(stdout, "at_exit_calls=%d callbacks=%ld longest_ms=%.0f\n", at_exit_calls, callbacks, longest * 1e3);
        fflush(stdout);
    }
}

static void in_a_threads_destructor(void *unused)
{
    (void)unused;
    calls_at_the_end();
    alarm(0);
}

static void *ends_with_a_call(void *key)
{
    CHECK(pthread_setspecific(*(pthread_key_t *)key, key) == 0, "the thread has a value");
    WANT_ONLY(MAIL_E_JSON, mail_health, "{");
    return NULL;
}

int main(void)
{
    char *port = made("%s", parameter("TILLMAIL_TEST_SILENT_PORT"));
    char *settings = made("{\"sender\":{\"address\":\"boutique@example.test\"},\"smtp\":{\"host\":\"127.0.0.1\","
                          "\"port\":%s,\"security\":\"none\",\"timeouts\":{\"reply_ms\":60000,\"total_ms\":60000}}}",
                          port);
    char *first = made("{\"number\":\"L\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\",\"text\":\"LOOP\"}",
                       to = parameter("TILLMAIL_TEST_TO"));
    /* Still in use, and still known, when the program ends without waiting for its threads. */
    static char *wait, *verify;
    int closes = strcmp(parameter("TILLMAIL_TEST_MODE"), "shut_down") == 0;
    pthread_t threads[3], last;
    pthread_key_t key;
    int thread;
    /* In this mode the folder stays open at the end. */
    CHECK(setenv("XDG_STATE_HOME", parameter("TILLMAIL_TEST_FOLDER"), 1) == 0, "the default folder is ours");
    wait = made("{\"id\":1,\"timeout_ms\":%d}", WAITING_MS);
    verify = made("{\"deadline_ms\":%d}", WAITING_MS);
    CHECK(atexit(at_exit) == 0, "a handler for the end");
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    WANT_ONLY(MAIL_OK, mail_send_receipt, first);
    CHECK(pthread_create(&threads[0], NULL, waits, wait) == 0, "a thread starts");
    CHECK(pthread_create(&threads[1], NULL, waits, wait) == 0, "a thread starts");
    CHECK(pthread_create(&threads[2], NULL, verifies, verify) == 0, "a thread starts");
    while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < 3) {
        g_usleep(1000);
    }
    started_at = now();
    loop = g_main_loop_new(NULL, FALSE);
    g_timeout_add(10, on_timer, GINT_TO_POINTER(closes));
    g_idle_add(on_idle, NULL);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    CHECK(callbacks > 20 && receipts > 1, "the loop ran");
    for (thread = 0; thread < 3; thread++) {
        CHECK((closes ? pthread_join(threads[thread], NULL) : pthread_detach(threads[thread])) == 0,
              "a waiting thread ends, or is left behind");
    }
    CHECK(pthread_key_create(&key, in_a_threads_destructor) == 0, "a value with a destructor");
    CHECK(pthread_create(&last, NULL, ends_with_a_call, &key) == 0 && pthread_join(last, NULL) == 0,
          "a thread that calls while it ends");
    free(port);
    free(settings);
    free(first);
    if (closes) {
        free(wait);
        free(verify);
    }
    return 0;
}
