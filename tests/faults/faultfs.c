// Makes calls of a process fail, from outside: LD_PRELOAD=libfaultfs.so FAULTFS_CONTROL=FILE FAULTFS_DIR=DIR program...
// Only files under DIR are meant (and accept(), which has none). FILE is mapped and shared with the test, which sets it while the
// process runs; faults.py has the same layout. The N-th call of the chosen kinds fails with an errno, or, with errno 0, writes only half.
// The real-time clock is ahead by clock_offset_ns.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { kind_write = 1, kind_sync = 2, kind_truncate = 4, kind_rename = 8, kind_open = 16, kind_accept = 32, kind_read = 64 };

struct control {
  _Atomic uint64_t seen;     // calls of the chosen kinds since it was armed
  uint64_t fail_at;          // this one fails; 0: none
  _Atomic uint32_t armed;
  uint32_t sticky;           // and all behind it
  uint32_t kinds;
  int32_t error;             // errno; 0: half of a write is done, which is no error
  _Atomic int64_t clock_offset_ns;
  _Atomic uint64_t fired;
  char match[128];           // only paths with this in them
  char what[256];            // the first call that failed
};

enum { descriptors_max = 65536 };
static struct control* control;
static const char* directory;
static char* _Atomic paths[descriptors_max];  // of descriptors under the directory

#define REAL(name)                                                 \
  static __typeof__(&name) real;                                   \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char* file = getenv("FAULTFS_CONTROL");
  directory = getenv("FAULTFS_DIR");
  if (file == NULL || directory == NULL) return;
  REAL(open);
  const int descriptor = real(file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    perror("faultfs: cannot open its control file");
    _exit(99);
  }
  control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (control == MAP_FAILED) _exit(99);
}

// True: this call is to fail.
static int hit(uint32_t kind, const char* call, const char* path) {
  if (control == NULL || !atomic_load(&control->armed) || (control->kinds & kind) == 0) return 0;
  if (path == NULL || strstr(path, control->match) == NULL) return 0;
  const uint64_t number = atomic_fetch_add(&control->seen, 1) + 1;
  if (control->fail_at == 0 || number < control->fail_at || (number > control->fail_at && !control->sticky)) return 0;
  if (atomic_fetch_add(&control->fired, 1) == 0) snprintf(control->what, sizeof control->what, "%s %s", call, path);
  return 1;
}

static const char* path_of(int descriptor) {
  return descriptor < 0 || descriptor >= descriptors_max ? NULL : atomic_load(&paths[descriptor]);
}

static int is_ours(const char* path) { return directory != NULL && path != NULL && strncmp(path, directory, strlen(directory)) == 0; }

// A descriptor's path is never freed: another thread may be looking at it.
static int opened(int descriptor, const char* path) {
  if (descriptor >= 0 && descriptor < descriptors_max) atomic_store(&paths[descriptor], is_ours(path) ? strdup(path) : NULL);
  return descriptor;
}

#define FAIL_IF(kind, call, path)      \
  do {                                 \
    if (hit(kind, call, path)) {       \
      errno = control->error;          \
      if (errno != 0) return -1;       \
    }                                  \
  } while (0)

#define MODE_OF(flags)                                \
  mode_t mode = 0;                                    \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {            \
    va_list more;                                     \
    va_start(more, flags);                            \
    mode = va_arg(more, mode_t);                      \
    va_end(more);                                     \
  }

int open(const char* path, int flags, ...) {
  REAL(open);
  MODE_OF(flags)
  if (is_ours(path)) FAIL_IF(kind_open, "open", path);
  return opened(real(path, flags, mode), path);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  MODE_OF(flags)
  if (is_ours(path)) FAIL_IF(kind_open, "open", path);
  return opened(real(path, flags, mode), path);
}
int openat(int at, const char* path, int flags, ...) {
  REAL(openat);
  MODE_OF(flags)
  if (is_ours(path)) FAIL_IF(kind_open, "openat", path);
  return opened(real(at, path, flags, mode), path);
}
int openat64(int at, const char* path, int flags, ...) {
  REAL(openat64);
  MODE_OF(flags)
  if (is_ours(path)) FAIL_IF(kind_open, "openat", path);
  return opened(real(at, path, flags, mode), path);
}
int __open_2(const char* path, int flags) { return open(path, flags); }
int creat(const char* path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int close(int descriptor) {
  REAL(close);
  if (descriptor >= 0 && descriptor < descriptors_max) atomic_store(&paths[descriptor], NULL);
  return real(descriptor);
}

// Half of it, when a short write is asked for.
static size_t half(size_t bytes) { return bytes > 1 ? bytes / 2 : bytes; }

ssize_t write(int descriptor, const void* from, size_t bytes) {
  REAL(write);
  if (hit(kind_write, "write", path_of(descriptor))) {
    if (control->error == 0) return real(descriptor, from, half(bytes));
    errno = control->error;
    return -1;
  }
  return real(descriptor, from, bytes);
}
ssize_t pwrite(int descriptor, const void* from, size_t bytes, off_t at) {
  REAL(pwrite);
  if (hit(kind_write, "pwrite", path_of(descriptor))) {
    if (control->error == 0) return real(descriptor, from, half(bytes), at);
    errno = control->error;
    return -1;
  }
  return real(descriptor, from, bytes, at);
}
ssize_t pwrite64(int descriptor, const void* from, size_t bytes, off64_t at) { return pwrite(descriptor, from, bytes, at); }
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  REAL(writev);
  if (count > 0 && hit(kind_write, "writev", path_of(descriptor))) {
    if (control->error == 0) return write(descriptor, parts[0].iov_base, half(parts[0].iov_len));
    errno = control->error;
    return -1;
  }
  return real(descriptor, parts, count);
}
ssize_t read(int descriptor, void* to, size_t bytes) {
  REAL(read);
  FAIL_IF(kind_read, "read", path_of(descriptor));
  return real(descriptor, to, bytes);
}
ssize_t pread(int descriptor, void* to, size_t bytes, off_t at) {
  REAL(pread);
  FAIL_IF(kind_read, "pread", path_of(descriptor));
  return real(descriptor, to, bytes, at);
}
ssize_t pread64(int descriptor, void* to, size_t bytes, off64_t at) { return pread(descriptor, to, bytes, at); }

int fsync(int descriptor) {
  REAL(fsync);
  FAIL_IF(kind_sync, "fsync", path_of(descriptor));
  return real(descriptor);
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  FAIL_IF(kind_sync, "fdatasync", path_of(descriptor));
  return real(descriptor);
}
int sync_file_range(int descriptor, off64_t at, off64_t bytes, unsigned flags) {
  REAL(sync_file_range);
  // Without flags it does nothing, and asks only whether there is such a call.
  if (flags != 0) FAIL_IF(kind_sync, "sync_file_range", path_of(descriptor));
  return real(descriptor, at, bytes, flags);
}

int ftruncate(int descriptor, off_t bytes) {
  REAL(ftruncate);
  FAIL_IF(kind_truncate, "ftruncate", path_of(descriptor));
  return real(descriptor, bytes);
}
int ftruncate64(int descriptor, off64_t bytes) { return ftruncate(descriptor, bytes); }
int fallocate(int descriptor, int mode, off_t at, off_t bytes) {
  REAL(fallocate);
  FAIL_IF(kind_truncate, "fallocate", path_of(descriptor));
  return real(descriptor, mode, at, bytes);
}
int posix_fallocate(int descriptor, off_t at, off_t bytes) {
  REAL(posix_fallocate);
  if (hit(kind_truncate, "posix_fallocate", path_of(descriptor))) return control->error;
  return real(descriptor, at, bytes);
}
int fallocate64(int descriptor, int mode, off64_t at, off64_t bytes) { return fallocate(descriptor, mode, at, bytes); }

int rename(const char* from, const char* to) {
  REAL(rename);
  if (is_ours(to)) FAIL_IF(kind_rename, "rename", to);
  return real(from, to);
}

int accept(int descriptor, struct sockaddr* from, socklen_t* length) {
  REAL(accept);
  FAIL_IF(kind_accept, "accept", "");
  return opened(real(descriptor, from, length), NULL);
}
int accept4(int descriptor, struct sockaddr* from, socklen_t* length, int flags) {
  REAL(accept4);
  FAIL_IF(kind_accept, "accept", "");
  return opened(real(descriptor, from, length, flags), NULL);
}

static int64_t offset_ns(void) { return control == NULL ? 0 : atomic_load(&control->clock_offset_ns); }

static struct timespec moved(struct timespec time, int64_t by_ns) {
  const int64_t ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec + by_ns;
  return (struct timespec){ns / 1000000000, ns % 1000000000};
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  REAL(clock_gettime);
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) *now = moved(*now, offset_ns());
  return result;
}
int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != NULL) *now = exact.tv_sec;
  return exact.tv_sec;
}
// The kernel knows nothing of the offset.
int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex, const struct timespec* restrict until) {
  static __typeof__(&pthread_cond_timedwait) real;
  // There is an older one of that name, with another layout.
  if (real == NULL) real = (__typeof__(&pthread_cond_timedwait))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  const struct timespec really = moved(*until, -offset_ns());
  return real(condition, mutex, &really);
}

// A failed assertion of a library tells its line only: who called it is the question.
void __assert_fail(const char* what, const char* file, unsigned int line, const char* function) {
  void* frames[64];
  fprintf(stderr, "%s:%u: %s: assertion %s failed\n", file, line, function, what);
  backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
  abort();
}
