/* See bitloom_linux.h. The buffer is mapped O_SYNC, which u-dma-buf takes as uncached. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "bitloom_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bitloom_build.h"

#define PAGE 0x1000u
#define PATH 512

static uint32_t read32(void *context, uint32_t offset)
{
    return ((bitloom_linux *)context)->registers[offset / 4];
}

static void write32(void *context, uint32_t offset, uint32_t value)
{
    ((bitloom_linux *)context)->registers[offset / 4] = value;
}

/* Byte by byte: no access that uncached memory refuses, and none that is wider than it is. */
static void write_memory(void *context, uint32_t address, const void *data, size_t bytes)
{
    bitloom_linux *way = (bitloom_linux *)context;
    volatile uint8_t *memory = way->memory + (address - way->address);
    const uint8_t *from = (const uint8_t *)data;
    size_t k;
    for (k = 0; k < bytes; k++)
        memory[k] = from[k];
    __sync_synchronize();
}

static void read_memory(void *context, uint32_t address, void *data, size_t bytes)
{
    bitloom_linux *way = (bitloom_linux *)context;
    volatile const uint8_t *memory = way->memory + (address - way->address);
    uint8_t *to = (uint8_t *)data;
    size_t k;
    __sync_synchronize();
    for (k = 0; k < bytes; k++)
        to[k] = memory[k];
}

static int wait_(void *context, uint32_t polls)
{
    bitloom_linux *way = (bitloom_linux *)context;
    struct timespec time;
    double now;
    clock_gettime(CLOCK_MONOTONIC, &time);
    now = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    if (polls == 1)
        way->began = now;
    return now - way->began > way->seconds;
}

const bitloom_ops bitloom_linux_ops = {read32, write32, write_memory, read_memory, wait_};

/* A number of a file in sysfs. */
static int number(const char *root, const char *name, const char *what, unsigned long *value)
{
    static const char *const classes[] = {"u-dma-buf", "udmabuf"};
    char path[PATH];
    FILE *file = NULL;
    int k, found;
    for (k = 0; k < 2 && !file; k++) {
        snprintf(path, sizeof path, "%s/sys/class/%s/%s/%s", root, classes[k], name, what);
        file = fopen(path, "r");
    }
    if (!file)
        return -1;
    found = fscanf(file, "%li", (long *)value);
    fclose(file);
    errno = found == 1 ? errno : EINVAL;
    return found == 1 ? 0 : -1;
}

static void *map(const char *root, const char *name, off_t first, size_t bytes)
{
    char path[PATH];
    void *mapped;
    int file;
    snprintf(path, sizeof path, "%s/dev/%s", root, name);
    file = open(path, O_RDWR | O_SYNC);
    if (file < 0)
        return NULL;
    mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, first);
    close(file);
    return mapped == MAP_FAILED ? NULL : mapped;
}

int bitloom_linux_open(bitloom_linux *linux_, bitloom_memory *memory, const char *root,
                       const char *name, double seconds)
{
    unsigned long address, bytes;
    linux_->registers = NULL;
    linux_->memory = NULL;
    linux_->seconds = seconds;
    if (number(root, name, "phys_addr", &address) || number(root, name, "size", &bytes))
        return -1;
    linux_->address = (uint32_t)address;
    linux_->bytes = (uint32_t)bytes;
    linux_->registers = (volatile uint32_t *)map(root, "mem", BITLOOM_BASE, PAGE);
    if (linux_->registers)
        linux_->memory = (volatile uint8_t *)map(root, name, 0, bytes);
    if (!linux_->memory) {
        bitloom_linux_close(linux_);
        return -1;
    }
    memory->input_address = linux_->address;
    memory->input_bytes = memory->output_bytes = linux_->bytes / 2 & ~127u;
    memory->output_address = linux_->address + memory->input_bytes;
    return 0;
}

void bitloom_linux_close(bitloom_linux *linux_)
{
    int kept = errno;
    if (linux_->registers)
        munmap((void *)linux_->registers, PAGE);
    if (linux_->memory)
        munmap((void *)linux_->memory, linux_->bytes);
    linux_->registers = NULL;
    linux_->memory = NULL;
    errno = kept;
}
