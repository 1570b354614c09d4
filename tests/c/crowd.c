/* A hundred threads with a mix of all calls at once, while another thread shuts the library down and opens it
 * again, over and over. Every call has an answer that makes sense, and no accepted mail is lost.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO. Prints how many mails were taken.
 */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

#define THREADS 100
#define CALLS 40
#define RESTARTS 15

static const char *settings, *to;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t together;
static long accepted, calls_done, calls_each;

static mail_code sensible(mail_call call, const char *name, const char *request)
{
    char *reply = NULL;
    mail_code code = call(request, &reply);
    CHECK_REPLY(reply && reply[0] == '{', name, reply);
    switch (code) {
    case MAIL_OK:
    case MAIL_E_SHUT_DOWN:
    case MAIL_E_ALREADY_OPEN:
    case MAIL_E_TIMEOUT:
    case MAIL_E_UNKNOWN_ID:
    case MAIL_E_STATE:
    case MAIL_E_CANCELLED:
    case MAIL_E_NOT_CONFIGURED:
    case MAIL_E_CONTENT:
        break;
    default:
        CHECK_REPLY(0, name, reply);
    }
    mail_free(reply);
    return code;
}

#define SENSIBLE(call, request) sensible(call, #call, request)

static void one_more(long *counter)
{
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void sell(long thread, long number)
{
    char *request = made("{\"number\":\"C-%ld-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                         "\"text\":\"CROWD\"}", thread, number, to);
    if (SENSIBLE(mail_send_receipt, request) == MAIL_OK) {
        one_more(&accepted);
    }
    free(request);
}

static void *mixes(void *argument)
{
    long thread = *(const long *)argument, call;
    pthread_barrier_wait(&together);
    for (call = 0; call < calls_each; call++) {
        char *id = made("{\"id\":%ld,\"timeout_ms\":20}", 1 + (thread * 7 + call) % 50);
        char *only_id = made("{\"id\":%ld}", 1 + (thread * 7 + call) % 50);
        switch ((thread + call) % 14) {
        case 0: sell(thread, call); break;
        case 1: SENSIBLE(mail_health, NULL); break;
        case 2: SENSIBLE(mail_journal, "{\"limit\":5}"); break;
        case 3: SENSIBLE(mail_wait, id); break;
        case 4: SENSIBLE(mail_settings, NULL); break;
        case 5: SENSIBLE(mail_configure, settings); break;
        case 6: SENSIBLE(mail_presets, "{\"address\":\"a@free.fr\"}"); break;
        case 7: SENSIBLE(mail_retry, only_id); break;
        case 8: SENSIBLE(mail_journal, only_id); break;
        case 9: SENSIBLE(mail_erase, "{\"to\":\"nobody@clients.test\"}"); break;
        case 10: SENSIBLE(mail_preview, "{\"number\":\"C\",\"date\":\"2026-11-22T18:30:00+01:00\",\"text\":\"CROWD\"}"); break;
        case 11: SENSIBLE(mail_sign_in, "{\"action\":\"state\"}"); break;
        case 12: (void)mail_last_error(); mail_free(NULL); break;
        default: CHECK(mail_abi_version() == TILLMAIL_ABI_VERSION && mail_version()[0], "the versions");
        }
        free(id);
        free(only_id);
        one_more(&calls_done);
    }
    return NULL;
}

static void restart_in_between(void)
{
    char *open = made("{\"folder\":\"%s\",\"language\":\"en\"}", parameter("TILLMAIL_TEST_FOLDER"));
    long time, restarts = (long)parameter_number("TILLMAIL_TEST_RESTARTS", RESTARTS);
    for (time = 1; time <= restarts; time++) {
        /* Each in the middle of the calls: after so many of them. */
        pthread_mutex_lock(&lock);
        while (calls_done < THREADS * calls_each * time / (restarts + 1)) {
            pthread_cond_wait(&changed, &lock);
        }
        pthread_mutex_unlock(&lock);
        WANT_ONLY(MAIL_OK, mail_shutdown, time % 2 ? "{\"wait_ms\":0}" : NULL);
        CHECK(SENSIBLE(mail_init, open) == MAIL_OK, "it opens again");
    }
    free(open);
}

int main(void)
{
    static pthread_t threads[THREADS];
    static long numbers[THREADS];
    long thread, id;
    settings = parameter("TILLMAIL_TEST_SETTINGS");
    to = parameter("TILLMAIL_TEST_TO");
    calls_each = (long)parameter_number("TILLMAIL_TEST_CALLS", CALLS);
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    CHECK(pthread_barrier_init(&together, NULL, THREADS) == 0, "they begin together");
    for (thread = 0; thread < THREADS; thread++) {
        numbers[thread] = thread;
        CHECK(pthread_create(&threads[thread], NULL, mixes, &numbers[thread]) == 0, "a thread starts");
    }
    restart_in_between();
    for (thread = 0; thread < THREADS; thread++) {
        CHECK(pthread_join(threads[thread], NULL) == 0, "a thread ends");
    }
    for (id = 1; id <= accepted; id++) {
        char *request = made("{\"id\":%ld,\"timeout_ms\":120000}", id);
        WANT_ONLY(MAIL_OK, mail_wait, request);
        free(request);
    }
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    printf("accepted=%ld\n", accepted);
    return 0;
}
