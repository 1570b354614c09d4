/* Many threads at once: every call works, each thread has its own last error, every mail is one mail,
 * and a shutdown in the middle is an answer like any other.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO. Prints how many mails were taken.
 */
#include "check.h"
#include <pthread.h>

#define THREADS 16
#define CALLS 50
#define BEFORE_THE_END 20

static const char *settings, *to;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long accepted, busy_calls;

static char *receipt(const char *series, long thread, long number)
{
    return made("{\"number\":\"%s-%ld-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                "\"text\":\"THREAD %ld RECEIPT %ld\"}",
                series, thread, number, to, thread, number);
}

static void count(long *counter)
{
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static long send_one(const char *series, long thread, long number)
{
    char *request = receipt(series, thread, number);
    char *reply = WANT(MAIL_OK, mail_send_receipt, request);
    long id = reply_number(reply, "id");
    HAS(reply, "\"duplicate\":false");
    mail_free(reply);
    free(request);
    count(&accepted);
    return id;
}

static void look_at(long id)
{
    char *request = made("{\"id\":%ld,\"timeout_ms\":0}", id);
    char *reply = NULL;
    mail_code code = mail_wait(request, &reply);
    CHECK_REPLY(code == MAIL_OK || code == MAIL_E_TIMEOUT, "a mail is sent or waits", reply);
    mail_free(reply);
    free(request);
}

/* Another thread's failure or success must not show here. */
static void fail_alone(long thread, long call)
{
    char number[32];
    char *request, *reply;
    snprintf(number, sizeof number, "%ld", 1000000 + thread * 1000 + call);
    request = made("{\"id\":%s}", number);
    reply = WANT(MAIL_E_UNKNOWN_ID, mail_journal, request);
    HAS(reply, number);
    HAS(mail_last_error(), number);
    mail_free(reply);
    free(request);
}

static void *mixed_calls(void *argument)
{
    long thread = *(const long *)argument;
    long id = 0, call;
    for (call = 0; call < CALLS; call++) {
        switch (call % 6) {
        case 0:
            id = send_one("T", thread, call);
            break;
        case 1:
            fail_alone(thread, call);
            break;
        case 2:
            look_at(id);
            break;
        case 3:
            WANT_ONLY(MAIL_OK, mail_health, NULL);
            break;
        case 4:
            WANT_ONLY(MAIL_OK, mail_journal, "{\"limit\":5}");
            break;
        default:
            WANT_ONLY(MAIL_OK, mail_configure, settings);
        }
    }
    return NULL;
}

static void *calls_until_the_end(void *argument)
{
    long thread = *(const long *)argument;
    long call;
    for (call = 0;; call++) {
        char *reply = NULL;
        char *request = receipt("E", thread, call);
        mail_code code = call % 4 == 0 ? mail_send_receipt(request, &reply)
                                       : mail_wait("{\"id\":1,\"timeout_ms\":1000}", &reply);
        if (code == MAIL_OK && call % 4 == 0) {
            count(&accepted);
        }
        CHECK_REPLY(code == MAIL_OK || code == MAIL_E_SHUT_DOWN || code == MAIL_E_TIMEOUT,
                    "a call during the shutdown is done or refused", reply);
        mail_free(reply);
        free(request);
        count(&busy_calls);
        if (code == MAIL_E_SHUT_DOWN) {
            CHECK(mail_last_error()[0] != '\0', "a refusal has its sentence");
            return NULL;
        }
    }
}

static void start(pthread_t *threads, long *numbers, void *(*work)(void *))
{
    long thread;
    for (thread = 0; thread < THREADS; thread++) {
        numbers[thread] = thread;
        CHECK(pthread_create(&threads[thread], NULL, work, &numbers[thread]) == 0, "a thread starts");
    }
}

static void join(const pthread_t *threads)
{
    long thread;
    for (thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0, "a thread ends");
    }
}

static void all_are_sent(void)
{
    long id;
    char *reply;
    char part[32];
    for (id = 1; id <= accepted; id++) {
        char *request = made("{\"id\":%ld,\"timeout_ms\":60000}", id);
        WANT_ONLY(MAIL_OK, mail_wait, request);
        free(request);
    }
    reply = WANT(MAIL_OK, mail_health, NULL);
    snprintf(part, sizeof part, "\"sent\":%ld", accepted);
    HAS(reply, part);
    HAS(reply, "\"queued\":0");
    mail_free(reply);
}

int main(void)
{
    pthread_t threads[THREADS];
    long numbers[THREADS];
    settings = parameter("TILLMAIL_TEST_SETTINGS");
    to = parameter("TILLMAIL_TEST_TO");
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    start(threads, numbers, mixed_calls);
    join(threads);
    all_are_sent();

    start(threads, numbers, calls_until_the_end);
    pthread_mutex_lock(&lock);
    while (busy_calls < THREADS * BEFORE_THE_END) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    join(threads);
    open_folder();
    all_are_sent();
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    printf("accepted=%ld\n", accepted);
    return 0;
}
