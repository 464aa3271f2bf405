/* In place of bitloom_linux.c: a server of boards/driver/remote.py, named by BITLOOM_TRANSPORT. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bitloom_linux.h"

#define ROOM 0x4000u
static int server;

static void all(ssize_t (*move)(int, void *, size_t), void *data, size_t bytes)
{
    char *next = data;
    ssize_t part;
    for (; bytes; bytes -= (size_t)part, next += part)
        if ((part = move(server, next, bytes)) <= 0)
            exit(3);
}

static ssize_t put(int file, void *data, size_t bytes)
{
    return write(file, data, bytes);
}

static void little(uint8_t *to, uint32_t value)
{
    int k;
    for (k = 0; k < 4; k++)
        to[k] = (uint8_t)(value >> 8 * k);
}

static uint32_t word(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* A request with so many bytes behind it, and its reply. */
static void ask(char command, uint32_t address, uint32_t length, const void *data, size_t bytes,
                void *reply)
{
    uint8_t head[5], *request = malloc(9 + bytes); /* in one packet */
    request[0] = (uint8_t)command;
    little(request + 1, address);
    little(request + 5, length);
    memcpy(request + 9, data, bytes);
    all(put, request, 9 + bytes);
    free(request);
    all(read, head, 5);
    if (head[0])
        exit(4);
    all(read, reply, word(head + 1));
}

static uint32_t read32(void *context, uint32_t offset)
{
    uint8_t reply[4];
    (void)context;
    ask('r', offset, 0, "", 0, reply);
    return word(reply);
}

static void write32(void *context, uint32_t offset, uint32_t value)
{
    uint8_t data[4];
    (void)context;
    little(data, value);
    ask('w', offset, 4, data, 4, data);
}

static void write_memory(void *context, uint32_t address, const void *data, size_t bytes)
{
    uint8_t none[1];
    (void)context;
    if (bytes)
        ask('W', address, (uint32_t)bytes, data, bytes, none);
}

static void read_memory(void *context, uint32_t address, void *data, size_t bytes)
{
    (void)context;
    ask('R', address, (uint32_t)bytes, "", 0, data);
}

/* A microsecond of the server's time, ten thousand times. */
static int wait_(void *context, uint32_t polls)
{
    uint8_t time[8] = {0xE8, 0x03}, none[1];
    (void)context;
    ask('s', 0, 8, time, 8, none);
    return polls > 10000;
}

const bitloom_ops bitloom_linux_ops = {read32, write32, write_memory, read_memory, wait_};

int bitloom_linux_open(bitloom_linux *way, bitloom_memory *memory, const char *root,
                       const char *name, double seconds)
{
    char host[256] = "";
    uint8_t reply[4];
    const char *where = getenv("BITLOOM_TRANSPORT"), *port = where ? strrchr(where, ':') : NULL;
    struct addrinfo wanted = {0}, *found;
    (void)way, (void)root, (void)name, (void)seconds;
    errno = EINVAL;
    if (!port || strncmp(where, "tcp:", 4) || port - where - 4 > 255)
        return -1;
    memcpy(host, where + 4, (size_t)(port - where - 4));
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_family = AF_INET;
    if (getaddrinfo(host, port + 1, &wanted, &found))
        return -1;
    server = socket(found->ai_family, found->ai_socktype, 0);
    if (connect(server, found->ai_addr, found->ai_addrlen))
        return -1;
    freeaddrinfo(found);
    ask('a', 0, ROOM, "", 0, reply);
    memory->input_address = word(reply);
    ask('a', 0, ROOM, "", 0, reply);
    memory->output_address = word(reply);
    memory->input_bytes = memory->output_bytes = ROOM;
    return 0;
}

void bitloom_linux_close(bitloom_linux *way)
{
    (void)way;
    close(server);
}
