/* A till for the tests under Wine: loads the DLL when it is told to, as Delphi does, and does what the lines on
 * its standard input say. Each is answered by one line.
 *
 * host.exe DLL. Lines: load, unload, pid, unmask, masks, call NAME TAB [REQUEST], small NAME TAB [REQUEST], terminate [PID], end CODE.
 */
#include <fcntl.h>
#include <float.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define LONGEST_LINE (1 << 20)

typedef int (__cdecl *mail_call)(const char *request, char **reply);

static const wchar_t *path;
static HMODULE library;

static FARPROC function(const char *name)
{
    return library ? GetProcAddress(library, name) : NULL;
}

static void call(char *name)
{
    char *request = strchr(name, '\t');
    char *reply = NULL;
    mail_call made;
    int code;
    if (request) {
        *request++ = '\0';
    }
    made = (mail_call)(void *)function(name);
    if (!made) {
        printf("missing %s\n", name);
        return;
    }
    code = made(request, &reply);
    printf("%d\t%s\t%s\n", code, reply, ((const char *(__cdecl *)(void))(void *)function("mail_last_error"))());
    ((void (__cdecl *)(char *))(void *)function("mail_free"))(reply);
}

/* Whether the library is still there after it was given back: once used, it stays for its worker's sake. */
static void unload(void)
{
    FreeLibrary(library);
    library = GetModuleHandleW(path);
    puts(library ? "pinned" : "unloaded");
}

/* The fault of each kind that Delphi lets through, and what it asks of a library: to leave it so. */
static void masks(void)
{
    unsigned int sse = 0;
    unsigned short x87 = 0;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    __asm__ volatile("stmxcsr %0" : "=m"(sse));
    printf("%04x %04x\n", x87, sse & 0xffc0);
}

static void unmask(void)
{
    unsigned short x87 = 0x1372;
    unsigned int sse = 0x1900;
    __asm__ volatile("fldcw %0" : : "m"(x87));
    __asm__ volatile("ldmxcsr %0" : : "m"(sse));
    masks();
}

/* Leaves a call 64 KB of a megabyte, which is what some hosts give theirs; Wine starts no thread with less. */
static DWORD WINAPI call_there(void *name)
{
    volatile char taken[960 << 10];
    memset((char *)taken, 1, sizeof taken);
    call(name);
    return taken[0] + taken[sizeof taken - 1];
}

static void call_on_a_small_stack(char *name)
{
    HANDLE thread = CreateThread(NULL, 1 << 20, call_there, name, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static void terminate(const char *pid)
{
    DWORD rights = PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION | SYNCHRONIZE;
    HANDLE process = pid[0] ? OpenProcess(rights, FALSE, strtoul(pid, NULL, 10)) : GetCurrentProcess();
    DWORD code = 0;
    TerminateProcess(process, 9);
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    printf("it ended with %lu\n", code);
}

static void obey(char *line)
{
    if (strcmp(line, "load") == 0) {
        library = LoadLibraryW(path);
        printf(library ? "loaded\n" : "error %lu\n", GetLastError());
    } else if (strcmp(line, "unload") == 0) {
        unload();
    } else if (strcmp(line, "pid") == 0) {
        printf("%lu\n", GetCurrentProcessId());
    } else if (strcmp(line, "masks") == 0) {
        masks();
    } else if (strcmp(line, "unmask") == 0) {
        unmask();
    } else if (strncmp(line, "call ", 5) == 0) {
        call(line + 5);
    } else if (strncmp(line, "small ", 6) == 0) {
        call_on_a_small_stack(line + 6);
    } else if (strncmp(line, "terminate", 9) == 0) {
        terminate(line + 9);
    } else if (strncmp(line, "end ", 4) == 0) {
        exit(atoi(line + 4));
    } else {
        printf("unknown %s\n", line);
    }
    fflush(stdout);
}

int wmain(int count, wchar_t **arguments)
{
    static char line[LONGEST_LINE];
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    if (count != 2) {
        return 2;
    }
    path = arguments[1];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
    }
    return 0;
}
