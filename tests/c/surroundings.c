/* What a host may do to its own process between calls: locale, working folder, environment, time zone, umask,
 * and closed standard descriptors. The library goes on, and what it writes stays where it belongs.
 *
 * TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_SETTINGS, TILLMAIL_TEST_TO, TILLMAIL_TEST_SCRATCH. TILLMAIL_TEST_MODE:
 * locale (LOCPATH has the locales), folder, environment, descriptors. Prints how many
 * mails were sent.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *settings, *to;
static long sent;

static void send_one(void)
{
    char *request = made("{\"number\":\"I-%ld\",\"date\":\"2026-11-22T18:30:00+01:00\",\"to\":\"%s\","
                         "\"subject\":\"ISTANBUL title I i\",\"text\":\"I i 6,50 6.50\"}", ++sent, to);
    char *reply = WANT(MAIL_OK, mail_send_receipt, request);
    char *wait = made("{\"id\":%ld,\"timeout_ms\":60000}", reply_number(reply, "id"));
    WANT_ONLY(MAIL_OK, mail_wait, wait);
    mail_free(reply);
    free(request);
    free(wait);
}

/* The replies of the calls that have numbers, dates and names in them. */
static char *said(void)
{
    char *shown = WANT(MAIL_OK, mail_settings, NULL), *presets = WANT(MAIL_OK, mail_presets, "{\"id\":\"gmail\"}");
    char *mail = WANT(MAIL_OK, mail_journal, "{\"id\":1}"), *refused = WANT(MAIL_E_TYPE, mail_configure,
                                                                            "{\"smtp\":{\"port\":99999}}");
    char *all = made("%s\n%s\n%s\n%s", shown, presets, mail, refused);
    mail_free(shown);
    mail_free(presets);
    mail_free(mail);
    mail_free(refused);
    return all;
}

static void locale(void)
{
    static const char *const names[] = {"C", "fr_FR.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "C"};
    char *before = NULL;
    size_t number;
    for (number = 0; number < sizeof names / sizeof *names; number++) {
        char half[16], *now;
        CHECK_REPLY(setlocale(LC_ALL, names[number]) != NULL, "this locale is there", names[number]);
        snprintf(half, sizeof half, "%.1f", 0.5);
        CHECK_REPLY((strcmp(names[number], "C") == 0) == (strcmp(half, "0.5") == 0), "its comma is in force",
                    names[number]);
        send_one();
        now = said();
        CHECK_REPLY(!before || strcmp(before, now) == 0, "the replies are the same in every locale", now);
        CHECK_REPLY(strcmp(setlocale(LC_ALL, NULL), names[number]) == 0, "the locale stays", names[number]);
        free(before);
        before = now;
    }
    free(before);
}

static void folder(void)
{
    char *gone = made("%s/gone", parameter("TILLMAIL_TEST_SCRATCH"));
    char here[4096];
    CHECK(mkdir(gone, 0700) == 0 && chdir(gone) == 0, "the working folder is another one");
    send_one();
    CHECK(rmdir(gone) == 0, "the working folder is taken away");
    CHECK(getcwd(here, sizeof here) == NULL, "it has no name any more");
    send_one();
    WANT_ONLY(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    open_folder();
    send_one();
    WANT_FIELD(MAIL_E_VALUE, mail_configure, "{\"folder\":{\"path\":\"relative\"}}", "folder.path");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    WANT_FIELD(MAIL_E_VALUE, mail_init, "{\"folder\":\"relative\"}", "folder");
    CHECK(chdir("/") == 0, "back");
    open_folder();
    free(gone);
}

static void all_private(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    CHECK(folder != NULL, path);
    while ((entry = readdir(folder)) != NULL) {
        struct stat found;
        if (entry->d_name[0] != '.') {
            CHECK(fstatat(dirfd(folder), entry->d_name, &found, 0) == 0, entry->d_name);
            CHECK_REPLY((found.st_mode & 007) == 0, "others read nothing of ours", entry->d_name);
        }
    }
    closedir(folder);
}

static void environment(void)
{
    char *request, *state = made("%s", parameter("TILLMAIL_TEST_FOLDER"));
    time_t late = 1800000000;
    struct tm local;
    CHECK(setenv("TZ", "Pacific/Kiritimati", 1) == 0, "the time zone is another one");
    tzset();
    send_one();
    umask(0);
    request = made("{\"folder\":\"%s/open\"}", state);
    CHECK(clearenv() == 0, "the environment is empty, without HOME");
    send_one();
    CHECK(localtime_r(&late, &local) != NULL, "the zone can be asked");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    /* A umask of 0 must not open receipts and keys to everybody. */
    WANT_ONLY(MAIL_OK, mail_init, request);
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    free(request);
    request = made("%s/open", state);
    all_private(request);
    free(request);
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    CHECK(setenv("TILLMAIL_TEST_FOLDER", state, 1) == 0, "the folder is known again");
    /* No HOME and no folder named: the system's own or a refusal, never a fault. */
    free(state);
    umask(022);
    open_folder();
}

/* No file or socket of the library is a standard descriptor: a stray printf must not reach it. */
static void none_is_standard(const char *when)
{
    int number;
    for (number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        char link[64], target[4096];
        ssize_t length;
        snprintf(link, sizeof link, "/proc/self/fd/%d", number);
        length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        CHECK_REPLY(!strstr(target, "drain.lock") && !strstr(target, "outbox.db") && !strstr(target, "socket:")
                        && !strstr(target, ".eml"),
                    when, target);
    }
}

static void scribbles(void)
{
    static const char junk[] = "a stray line of the host that must reach nothing of the library\n";
    int number;
    for (number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        (void)!write(number, junk, sizeof junk);
    }
}

/* What a daemon does, before it opens the library or while it is open. */
static void descriptors(void)
{
    int number, time;
    check_output = fdopen(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100), "w");
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    for (time = 0; time < 20; time++) {
        int closes_first = time % 2;
        if (!closes_first) {
            open_folder();
        }
        for (number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
            close(number);
        }
        if (closes_first) {
            open_folder();
        }
        none_is_standard("after the opening");
        scribbles();
        send_one();
        none_is_standard("after a mail");
        scribbles();
        WANT_ONLY(MAIL_OK, mail_verify, "{\"to\":\"one@clients.test\"}");
        WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    }
    open_folder();
}

int main(void)
{
    const char *mode = parameter("TILLMAIL_TEST_MODE");
    int told = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 110);
    settings = made("%s", parameter("TILLMAIL_TEST_SETTINGS"));
    to = made("%s", parameter("TILLMAIL_TEST_TO"));
    open_folder();
    WANT_ONLY(MAIL_OK, mail_configure, settings);
    if (strcmp(mode, "locale") == 0) {
        locale();
    } else if (strcmp(mode, "folder") == 0) {
        folder();
    } else if (strcmp(mode, "environment") == 0) {
        environment();
    } else if (strcmp(mode, "descriptors") == 0) {
        descriptors();
    } else {
        CHECK_REPLY(0, "this mode is known", mode);
    }
    send_one();
    WANT_ONLY(MAIL_OK, mail_shutdown, NULL);
    CHECK(dprintf(told, "sent=%ld\n", sent) > 0, "it is told");
    return 0;
}
