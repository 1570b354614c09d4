/* What it costs to load a library and to make it ready.
 *
 *     load LIBRARY tillmail FOLDER
 *     load LIBRARY curl
 *
 * Prints the milliseconds of dlopen alone and with the first call, resident memory in KiB after it, and how many
 * threads there are before it.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <dlfcn.h>
#include <unistd.h>

static void *found(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    if (!symbol) stop(name, "is missing");
    return symbol;
}

/* The number behind this name in /proc/self/status. */
static long status(const char *name)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name))) {
            fclose(file);
            return atol(line + strlen(name));
        }
    stop("/proc/self/status", name);
    return 0;
}

int main(int count, char **arguments)
{
    if (count < 3) stop("load", "LIBRARY tillmail FOLDER, or LIBRARY curl");
    uint64_t start = now_ns();
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    uint64_t loaded = now_ns();
    if (!library) stop("dlopen", dlerror());
    long threads = status("Threads:");
    if (!strcmp(arguments[2], "tillmail")) {
        int (*init)(const char *, char **);
        char request[4200];
        *(void **)&init = found(library, "mail_init");
        snprintf(request, sizeof request, "{\"folder\": \"%s\"}", arguments[3]);
        if (init(request, NULL)) stop("mail_init", "failed");
    } else {
        int (*init)(long);
        void *(*handle)(void);
        *(void **)&init = found(library, "curl_global_init");
        *(void **)&handle = found(library, "curl_easy_init");
        if (init(3) || !handle()) stop("curl_global_init", "failed");
    }
    uint64_t ready = now_ns();
    printf("{\"load_ms\": %.3f, \"ready_ms\": %.3f, \"rss_kib\": %ld, \"threads\": %ld}\n", (double)(loaded - start) / 1e6,
           (double)(ready - start) / 1e6, status("VmRSS:"), threads);
    fflush(stdout);
    _exit(0);
}
