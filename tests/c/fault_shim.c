/* Stands between the library and the system (LD_PRELOAD): names the points a mail passes, and strikes there.
 *
 * The library that ships is tested as it is; nothing in it knows of this file. The file that
 * TILLMAIL_SHIM names is mapped by this process and by the test, which reads from it how often each
 * point was passed and writes into it, at any time, what is to happen: die at a point's n-th passing
 * (SIGKILL), let a system call fail with an errno so many times, let the wall clock be another, or let
 * hours pass at once.
 *
 * A point is a system call with a meaning, and each is passed twice: NAME.before and NAME.after.
 *   the file    A transaction of SQLite's log is its frames, of which the last one says that it is the last
 *               (NAME.commit), and a flush (NAME.sync). NAME is the call on the host's threads (open, configure,
 *               accept); on the worker's thread it follows from what was seen on the network last, and from
 *               whether the transaction writes a journal line.
 *   the line    plain SMTP, read as it passes; under TLS only the connecting and the greeting have names.
 * Threads: counters are atomic; what is known about a transaction or a conversation belongs to a thread.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define POINTS(X)                                                                                          \
    X(key_write, "key.write") X(key_link, "key.link")                                                      \
    X(create_write, "create.write") X(create_sync, "create.sync")                                          \
    X(open_commit, "open.commit") X(open_sync, "open.sync")                                                \
    X(configure_commit, "configure.commit") X(configure_sync, "configure.sync")                            \
    X(accept_commit, "accept.commit") X(accept_sync, "accept.sync")                                        \
    X(claim_commit, "claim.commit")                                                                        \
    X(hand_over_commit, "hand_over.commit")                                                                \
    X(settle_commit, "settle.commit") X(settle_sync, "settle.sync")                                        \
    X(pause_commit, "pause.commit") X(pause_sync, "pause.sync")                                            \
    X(release_commit, "release.commit") X(release_sync, "release.sync")                                    \
    X(recover_commit, "recover.commit") X(recover_sync, "recover.sync")                                    \
    X(other_commit, "other.commit") X(other_sync, "other.sync")                                            \
    X(host_write, "host.write") X(worker_write, "worker.write") X(log_sync, "log.sync")                    \
    X(checkpoint_write, "checkpoint.write") X(checkpoint_sync, "checkpoint.sync")                          \
    X(lock, "lock") X(connect, "connect") X(greeting, "greeting") X(ehlo, "ehlo")                          \
    X(envelope, "envelope") X(go_ahead, "go_ahead") X(body, "body") X(rest_of_body, "rest_of_body")        \
    X(final_reply, "final_reply") X(quit, "quit")

#define AS_NUMBER(name, text) P_##name,
#define AS_TEXT(name, text) text,
enum point { POINTS(AS_NUMBER) POINT_COUNT };
static const char *const names[] = {POINTS(AS_TEXT)};

enum { MOST_POINTS = 128, NAME_BYTES = 32, RULES = 8 };
enum { NOTHING, KILL, FAIL };

struct rule {
    int64_t action, point, error, from, times, passed;
};

/* tests/support/shim.rs reads and writes this by offset. */
struct control {
    int64_t point_count, killed_at, clock_ms, passed_ms, sequence_page;
    int64_t counts[MOST_POINTS];
    struct rule rules[RULES];
    char names[MOST_POINTS][NAME_BYTES];
};

static struct control *control;

/* ---- points ---- */

static void die_at(int64_t point)
{
    __atomic_store_n(&control->killed_at, point + 1, __ATOMIC_SEQ_CST);
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* Gives the errno that the call is to fail with, 0 where it may go on. */
static int pass(enum point point, int after)
{
    int64_t passed_point = 2 * (int64_t)point + after;
    int error = 0;
    if (control == NULL) {
        return 0;
    }
    __atomic_add_fetch(&control->counts[passed_point], 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < RULES; i++) {
        struct rule *rule = &control->rules[i];
        int64_t action = __atomic_load_n(&rule->action, __ATOMIC_SEQ_CST);
        if (action == NOTHING || rule->point != passed_point) {
            continue;
        }
        int64_t passed = __atomic_add_fetch(&rule->passed, 1, __ATOMIC_SEQ_CST);
        if (passed < rule->from || passed >= rule->from + rule->times) {
            continue;
        }
        if (action == KILL) {
            die_at(passed_point);
        }
        error = (int)rule->error;
    }
    return error;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define REAL(name) \
    static __typeof__(name) *real_##name; \
    if (real_##name == NULL) { \
        real_##name = (__typeof__(name) *)real(#name); \
    }

/* ---- what the thread is at ---- */

enum line { IDLE, CONNECTING, GREETING, COMMANDS, ENVELOPE, GO_AHEAD, BODY, FINAL_REPLY, REFUSED, CLOSED, TLS };

static __thread enum line line;
static __thread int line_fd = -1;
static __thread const char *call;
static __thread int commit_frame, journaled, in_transaction, sync_due;
static __thread enum point sync_point;
static int log_seen;

/* The till says which call it makes; only the thread it makes it on listens. */
void fault_shim_call(const char *name)
{
    call = name;
}

static int is_worker(void)
{
    static __thread int known;
    char name[32] = "";
    if (known == 0) {
        prctl(PR_GET_NAME, name);
        known = strcmp(name, "tillmail") == 0 ? 1 : 2;
    }
    return known == 1;
}

static enum point commit_on_host(void)
{
    if (call && strcmp(call, "mail_init") == 0) {
        return P_open_commit;
    }
    if (call && strcmp(call, "mail_configure") == 0) {
        return P_configure_commit;
    }
    if (call && strcmp(call, "mail_send_receipt") == 0) {
        return P_accept_commit;
    }
    return P_other_commit;
}

/* A claim, a release and the hand-over mark write no journal line; all else on the worker's thread does. */
static enum point commit_on_worker(void)
{
    if (journaled && line == IDLE) {
        return P_recover_commit;
    }
    if (journaled && line == REFUSED) {
        line = COMMANDS;
        return P_pause_commit;
    }
    if (journaled) {
        return P_settle_commit;
    }
    if (line == GO_AHEAD || line == TLS) {
        return P_hand_over_commit;
    }
    return line == IDLE ? P_claim_commit : P_release_commit;
}

/* ---- files ---- */

enum file { OTHER_FILE, LOG, DATABASE, CREATION, KEY };

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length >= of_end && strcmp(text + length - of_end, end) == 0;
}

static enum file file_of(int fd)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return OTHER_FILE;
    }
    path[length] = '\0';
    if (ends_with(path, "outbox.db-wal")) {
        log_seen = 1;
        return LOG;
    }
    if (ends_with(path, "outbox.db")) {
        /* Before there is a log, SQLite writes the head of a new file. */
        return log_seen ? DATABASE : CREATION;
    }
    if (ends_with(path, "outbox.db-journal")) {
        return CREATION;
    }
    return strstr(path, "/secret.new-") ? KEY : OTHER_FILE;
}

static int64_t big_endian(const unsigned char *bytes)
{
    return (int64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/* Which point a write to the log is; a frame is written as 24 bytes of head, then its page. */
static enum point write_to_log(const unsigned char *bytes, size_t size)
{
    if (commit_frame) {
        commit_frame = 0;
        in_transaction = 0;
        enum point commit_point = is_worker() ? commit_on_worker() : commit_on_host();
        /* The names come in pairs: what is committed, then flushed. A claim and the hand-over mark are not flushed. */
        sync_due = commit_point != P_hand_over_commit && commit_point != P_claim_commit;
        sync_point = commit_point + 1;
        return commit_point;
    }
    if (size == 24) {
        if (!in_transaction) {
            in_transaction = 1;
            journaled = 0;
            sync_due = 0;
        }
        /* Each journal line gets the next number, which SQLite keeps in a page of its own. */
        journaled |= big_endian(bytes) == control->sequence_page;
        commit_frame = big_endian(bytes + 4) != 0;
    }
    return is_worker() ? P_worker_write : P_host_write;
}

static int point_of_write(int fd, const void *bytes, size_t size, enum point *point)
{
    if (control == NULL) {
        return 0;
    }
    switch (file_of(fd)) {
    case LOG:
        *point = write_to_log(bytes, size);
        return 1;
    case DATABASE:
        *point = P_checkpoint_write;
        return 1;
    case CREATION:
        *point = P_create_write;
        return 1;
    case KEY:
        *point = P_key_write;
        return 1;
    default:
        return 0;
    }
}

static int point_of_sync(int fd, enum point *point)
{
    if (control == NULL) {
        return 0;
    }
    switch (file_of(fd)) {
    case LOG:
        *point = sync_due ? sync_point : P_log_sync;
        sync_due = 0;
        return 1;
    case DATABASE:
        *point = P_checkpoint_sync;
        return 1;
    case CREATION:
        *point = P_create_sync;
        return 1;
    default:
        return 0;
    }
}

/* The real call between the two passings of a point. */
#define AT(point, type, real_call) \
    do { \
        int error_ = pass(point, 0); \
        if (error_) { \
            errno = error_; \
            return -1; \
        } \
        type result_ = (real_call); \
        int errno_ = errno; \
        pass(point, 1); \
        errno = errno_; \
        return result_; \
    } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    REAL(pwrite64)
    enum point point;
    if (!point_of_write(fd, bytes, size, &point)) {
        return real_pwrite64(fd, bytes, size, offset);
    }
    AT(point, ssize_t, real_pwrite64(fd, bytes, size, offset));
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write)
    enum point point;
    if (!point_of_write(fd, bytes, size, &point)) {
        return real_write(fd, bytes, size);
    }
    AT(point, ssize_t, real_write(fd, bytes, size));
}

int fsync(int fd)
{
    REAL(fsync)
    enum point point;
    if (!point_of_sync(fd, &point)) {
        return real_fsync(fd);
    }
    AT(point, int, real_fsync(fd));
}

int fdatasync(int fd)
{
    REAL(fdatasync)
    enum point point;
    if (!point_of_sync(fd, &point)) {
        return real_fdatasync(fd);
    }
    AT(point, int, real_fdatasync(fd));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    REAL(linkat)
    AT(P_key_link, int, real_linkat(from_folder, from, to_folder, to, flags));
}

int flock(int fd, int operation)
{
    REAL(flock)
    AT(P_lock, int, real_flock(fd, operation));
}

/* ---- the line ---- */

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(connect)
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) {
        return real_connect(fd, address, length);
    }
    line = CONNECTING;
    line_fd = fd;
    AT(P_connect, int, real_connect(fd, address, length));
}

static int starts_with(const void *bytes, size_t size, const char *start)
{
    return size >= strlen(start) && memcmp(bytes, start, strlen(start)) == 0;
}

/* What a command that the client sends is; -1 for those that have no point. */
static int point_of_command(const void *bytes, size_t size)
{
    if (line == GO_AHEAD || line == BODY) {
        int first = line == GO_AHEAD;
        line = BODY;
        return first ? P_body : P_rest_of_body;
    }
    if (line == TLS) {
        return -1;
    }
    if (starts_with(bytes, size, "STARTTLS")) {
        line = TLS;
        return -1;
    }
    if (starts_with(bytes, size, "EHLO")) {
        line = COMMANDS;
        return P_ehlo;
    }
    if (starts_with(bytes, size, "QUIT")) {
        line = IDLE;
        return P_quit;
    }
    if (starts_with(bytes, size, "MAIL") || starts_with(bytes, size, "RCPT") || starts_with(bytes, size, "DATA")) {
        line = ENVELOPE;
        return P_envelope;
    }
    return -1;
}

static ssize_t piece(int fd, const void *bytes, size_t size, int flags, enum point point)
{
    REAL(send)
    AT(point, ssize_t, real_send(fd, bytes, size, flags));
}

/* The mail leaves in two pieces, so that a kill may fall between them. Where the system takes no more, that is said:
 * a made-up short write would let the library wait for a line that is not full. */
static ssize_t in_two_pieces(int fd, const void *bytes, size_t size, int flags)
{
    size_t half = size / 2;
    ssize_t first = piece(fd, bytes, half, flags, P_body);
    if (first < (ssize_t)half) {
        return first;
    }
    ssize_t second = piece(fd, (const char *)bytes + half, size - half, flags, P_rest_of_body);
    return first + (second > 0 ? second : 0);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    REAL(send)
    int point = control && fd == line_fd ? point_of_command(bytes, size) : -1;
    if (point < 0) {
        return real_send(fd, bytes, size, flags);
    }
    if (point == P_body && size > 1) {
        return in_two_pieces(fd, bytes, size, flags);
    }
    AT(point, ssize_t, real_send(fd, bytes, size, flags));
}

/* What a reply that has come is; -1 for those that have no point. The buffer has the bytes already. */
static int point_of_reply(const char *bytes, size_t size)
{
    if (line == CONNECTING) {
        line = GREETING;
        return P_greeting;
    }
    if (line == BODY) {
        line = FINAL_REPLY;
        return P_final_reply;
    }
    if (line != ENVELOPE && line != COMMANDS) {
        return -1;
    }
    if (memmem(bytes, size, "354 ", 4) != NULL) {
        line = GO_AHEAD;
        return P_go_ahead;
    }
    if (starts_with(bytes, size, "550 5.7.1 ")) {
        line = REFUSED;
    }
    return -1;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    REAL(recv)
    if (control == NULL || fd != line_fd || line == TLS || (flags & MSG_PEEK)) {
        return real_recv(fd, buffer, size, flags);
    }
    ssize_t there = real_recv(fd, buffer, size, flags | MSG_PEEK);
    if (there <= 0) {
        return there;
    }
    /* No more than was looked at: what comes meanwhile may be the next reply. */
    int point = point_of_reply(buffer, (size_t)there);
    if (point < 0) {
        return real_recv(fd, buffer, (size_t)there, flags);
    }
    AT(point, ssize_t, real_recv(fd, buffer, (size_t)there, flags));
}

int close(int fd)
{
    REAL(close)
    if (fd >= 0 && fd == line_fd) {
        line_fd = -1;
        line = line == IDLE ? IDLE : CLOSED;
    }
    return real_close(fd);
}

/* The worker rests: what it does next is about something new. */
int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
    REAL(epoll_wait)
    if (line == CLOSED) {
        line = IDLE;
    }
    return real_epoll_wait(fd, events, most, timeout);
}

/* ---- clocks ---- */

static void add_ms(struct timespec *time, int64_t ms)
{
    int64_t ns = time->tv_nsec + ms % 1000 * 1000000;
    time->tv_sec += ms / 1000 + (ns < 0 ? -1 : ns / 1000000000);
    time->tv_nsec = ns < 0 ? ns + 1000000000 : ns % 1000000000;
}

/* Where the test lets time pass, all clocks go on; where it sets the wall clock, that one only. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime)
    int result = real_clock_gettime(clock, now);
    if (result != 0 || control == NULL) {
        return result;
    }
    if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) {
        add_ms(now, __atomic_load_n(&control->passed_ms, __ATOMIC_SEQ_CST));
    }
    if (clock == CLOCK_REALTIME) {
        add_ms(now, __atomic_load_n(&control->clock_ms, __ATOMIC_SEQ_CST));
    }
    return result;
}

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("TILLMAIL_SHIM");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    struct control *mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) {
        abort();
    }
    for (int i = 0; i < POINT_COUNT; i++) {
        snprintf(mapped->names[2 * i], NAME_BYTES, "%s.before", names[i]);
        snprintf(mapped->names[2 * i + 1], NAME_BYTES, "%s.after", names[i]);
    }
    mapped->point_count = 2 * POINT_COUNT;
    control = mapped;
}
