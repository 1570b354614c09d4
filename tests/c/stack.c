/* Every call from a thread with a stack of 64 KiB, the smallest that tills are known to use, and a guard
 * page below it. Measures how deep each call goes: the stack is painted before the call and looked at after.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO, TILLMAIL_TEST_SCRATCH. TILLMAIL_TEST_STACK:
 * bytes (default 64 KiB). Prints one line a call.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAINT 0xa5
/* Deeper than any settings are nested, and as deep as the library reads. */
#define NESTED 120

static struct {
    const char *name;
    mail_call call;
    char *request;
    mail_code code;
    char *reply;
} job;

static unsigned char *stack;
static size_t stack_bytes;

static void *one_call(void *nothing)
{
    job.code = job.call(job.request, &job.reply);
    return nothing;
}

static size_t painted(void)
{
    size_t intact = 0;
    if (is_emulated()) {
        return stack_bytes;
    }
    while (intact < stack_bytes && stack[intact] == PAINT) {
        intact++;
    }
    return intact;
}

/* Runs the call on a thread of its own that has only this stack. */
static char *on_a_small_stack(mail_code code, const char *name, mail_call call, const char *request)
{
    pthread_attr_t attributes;
    pthread_t thread;
    char *what = made("%s gives %d on a stack of %lu bytes", name, (int)code, (unsigned long)stack_bytes);
    if (!is_emulated()) {
        memset(stack, PAINT, stack_bytes);
    }
    job.call = call;
    job.request = request ? made("%s", request) : NULL;
    job.reply = NULL;
    CHECK(pthread_attr_init(&attributes) == 0, "attributes");
    /* Valgrind takes a stack that was used before, and is painted anew, for freed memory. */
    CHECK((is_emulated() ? pthread_attr_setstacksize(&attributes, stack_bytes)
                         : pthread_attr_setstack(&attributes, stack, stack_bytes)) == 0,
          "a stack is given");
    CHECK(pthread_create(&thread, &attributes, one_call, NULL) == 0, "a thread starts");
    CHECK(pthread_join(thread, NULL) == 0, "the thread ends");
    pthread_attr_destroy(&attributes);
    CHECK_REPLY(job.code == code, what, job.reply);
    CHECK_REPLY(painted() > 0, "the stack was not used up", name);
    printf("%-18s %4d  %7lu bytes\n", name, (int)code, (unsigned long)(stack_bytes - painted()));
    free(job.request);
    free(what);
    return job.reply;
}

#define SMALL(code, call, request) mail_free(on_a_small_stack(code, #call, call, request))

static void make_the_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *all;
    stack_bytes = parameter_number("TILLMAIL_TEST_STACK", 65536);
    all = mmap(NULL, stack_bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    CHECK(all != MAP_FAILED, "there is memory for the stack");
    CHECK(mprotect(all, page, PROT_NONE) == 0, "a guard page lies below it");
    stack = all + page;
}

static char *nested(void)
{
    char *text = malloc(NESTED * 6 + 32);
    int level;
    CHECK(text != NULL, "there is memory");
    text[0] = '\0';
    for (level = 0; level < NESTED; level++) {
        strcat(text, "{\"a\":");
    }
    strcat(text, "1");
    for (level = 0; level < NESTED; level++) {
        strcat(text, "}");
    }
    return text;
}

/* A receipt with everything: HTML, a file by path, a file in base64. */
static char *receipt(const char *number)
{
    char *path = made("%s/terms.txt", parameter("TILLMAIL_TEST_SCRATCH"));
    char *request;
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("Terms\n", file) >= 0 && fclose(file) == 0, "the attachment is there");
    request = made("{\"number\":\"%s\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\",\"subject\":\"Reçu\","
                   "\"text\":\"Crème brûlée  6,50\\n\",\"html\":\"<p>Crème brûlée <b>6,50</b></p>\","
                   "\"attachments\":[{\"path\":\"%s\"},{\"base64\":\"SGVsbG8=\",\"name\":\"hello.txt\"}]}",
                   number, parameter("TILLMAIL_TEST_TO"), path);
    free(path);
    return request;
}

static char *many_stores(void)
{
    size_t room = 400 * 200, used;
    char *text = malloc(room);
    int store;
    CHECK(text != NULL, "there is memory");
    used = (size_t)snprintf(text, room, "{\"stores\":{");
    for (store = 2; store < 400; store++) {
        used += (size_t)snprintf(text + used, room - used,
                                 "%s\"%d\":{\"sender\":{\"address\":\"s%d@example.test\",\"name\":\"Store %d\"}}",
                                 store == 2 ? "" : ",", store, store, store);
    }
    snprintf(text + used, room - used, "}}");
    return text;
}

static void all_calls(void)
{
    const char *to = parameter("TILLMAIL_TEST_TO");
    char *request = made("{\"folder\":\"%s\"}", parameter("TILLMAIL_TEST_FOLDER"));
    char *deep = nested(), *stores = many_stores(), *sale = receipt("S-1");
    char *message = made("{\"to\":[\"%s\"],\"subject\":\"Bonjour\",\"html\":\"<p>Bonjour</p>\","
                         "\"profile\":{\"name\":\"Anne\",\"address\":\"anne@example.test\"}}", to);
    char *test = made("{\"to\":\"%s\"}", to);
    char *other = made("{\"id\":1,\"to\":\"%s\"}", to);
    SMALL(MAIL_OK, mail_init, request);
    SMALL(MAIL_OK, mail_configure, parameter("TILLMAIL_TEST_SETTINGS"));
    SMALL(MAIL_OK, mail_configure, stores);
    SMALL(MAIL_E_UNKNOWN_FIELD, mail_configure, deep);
    SMALL(MAIL_E_UNKNOWN_FIELD, mail_send_receipt, deep);
    SMALL(MAIL_OK, mail_settings, NULL);
    SMALL(MAIL_OK, mail_presets, "{\"address\":\"boutique@free.fr\"}");
    SMALL(MAIL_OK, mail_verify, test);
    SMALL(MAIL_E_STATE, mail_sign_in, "{\"action\":\"start\"}");
    SMALL(MAIL_OK, mail_preview, sale);
    SMALL(MAIL_OK, mail_send_receipt, sale);
    SMALL(MAIL_OK, mail_wait, "{\"id\":1,\"timeout_ms\":60000}");
    SMALL(MAIL_OK, mail_send_message, message);
    SMALL(MAIL_OK, mail_wait, "{\"id\":2,\"timeout_ms\":60000}");
    SMALL(MAIL_OK, mail_journal, NULL);
    SMALL(MAIL_OK, mail_journal, "{\"id\":1}");
    SMALL(MAIL_OK, mail_health, NULL);
    SMALL(MAIL_OK, mail_resend, other);
    SMALL(MAIL_OK, mail_wait, "{\"id\":3,\"timeout_ms\":60000}");
    SMALL(MAIL_E_STATE, mail_retry, "{\"id\":1}");
    SMALL(MAIL_E_STATE, mail_cancel, "{\"id\":1}");
    SMALL(MAIL_OK, mail_save_and_test, test);
    SMALL(MAIL_OK, mail_erase, test);
    SMALL(MAIL_OK, mail_shutdown, NULL);
    SMALL(MAIL_E_SHUT_DOWN, mail_health, NULL);
    free(request);
    free(deep);
    free(stores);
    free(sale);
    free(message);
    free(test);
    free(other);
}

int main(void)
{
    make_the_stack();
    all_calls();
    return 0;
}
