/* A disk that refuses: the N-th write, fsync or rename below a folder fails, and with `sticky` all after it.
 *
 * cc -shared -fPIC -O2 refusing_disk.c -o refusing_disk.so -ldl;  LD_PRELOAD=./refusing_disk.so python ...
 * torture_arm(folder, n, errno, sticky) starts to count, n = 0 only counts; torture_count() says how many there were,
 * torture_struck() what was refused first ("" for nothing).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[4096];
static char struck[4500];
static atomic_long count;
static long wanted;
static int number, sticky, armed;

void torture_arm(const char *path, long n, int refusal, int stays) {
    snprintf(folder, sizeof folder, "%s", path);
    struck[0] = 0;
    atomic_store(&count, 0);
    wanted = n; number = refusal; sticky = stays; armed = 1;
}
void torture_disarm(void) { armed = 0; }
long torture_count(void) { return atomic_load(&count); }
const char *torture_struck(void) { return struck; }

static int refuses(const char *what, const char *path) {
    if (strncmp(path, folder, strlen(folder))) return 0;
    long now = atomic_fetch_add(&count, 1) + 1;
    if (!wanted || now < wanted || (now > wanted && !sticky)) return 0;
    if (!struck[0]) snprintf(struck, sizeof struck, "%s %s", what, path + strlen(folder));
    errno = number;
    return 1;
}
static int refuses_file(const char *what, int descriptor) {
    char link[64], path[4096];
    if (!armed) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return refuses(what, path);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t write(int f, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return refuses_file("write", f) ? -1 : real(f, data, size);
}
ssize_t writev(int f, const struct iovec *parts, int many) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return refuses_file("write", f) ? -1 : real(f, parts, many);
}
ssize_t pwrite(int f, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return refuses_file("write", f) ? -1 : real(f, data, size, at);
}
ssize_t pwrite64(int f, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return refuses_file("write", f) ? -1 : real(f, data, size, at);
}
int fsync(int f) {
    REAL(int, "fsync", int);
    return refuses_file("fsync", f) ? -1 : real(f);
}
int fdatasync(int f) {
    REAL(int, "fdatasync", int);
    return refuses_file("fsync", f) ? -1 : real(f);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return armed && refuses("rename", to) ? -1 : real(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return armed && refuses("rename", to) ? -1 : real(a, from, b, to);
}
