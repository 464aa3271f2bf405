/* Bare metal: registers and memory at the addresses that they have.
 *
 *     static bitloom device;
 *     static const bitloom_bare bare = {flush, invalidate, expired};
 *     bitloom_open(&device, &bitloom_bare_ops, (void *)&bare, memory);
 */
#ifndef BITLOOM_BARE_H
#define BITLOOM_BARE_H

#include "bitloom.h"
#include "bitloom_build.h"

/* The processor's own functions: of Xilinx' standalone library Xil_DCacheFlushRange and
 * Xil_DCacheInvalidateRange; expired says after how many polls time is over. */
typedef struct {
    void (*flush)(uintptr_t address, size_t bytes);
    void (*invalidate)(uintptr_t address, size_t bytes);
    int (*expired)(uint32_t polls);
} bitloom_bare;

static uint32_t bitloom_bare_read32(void *context, uint32_t offset)
{
    (void)context;
    return *(volatile uint32_t *)((uintptr_t)BITLOOM_BASE + offset);
}

static void bitloom_bare_write32(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    *(volatile uint32_t *)((uintptr_t)BITLOOM_BASE + offset) = value;
}

static void bitloom_bare_write(void *context, uint32_t address, const void *data, size_t bytes)
{
    const bitloom_bare *bare = (const bitloom_bare *)context;
    volatile uint8_t *memory = (volatile uint8_t *)(uintptr_t)address;
    const uint8_t *from = (const uint8_t *)data;
    size_t k;
    for (k = 0; k < bytes; k++)
        memory[k] = from[k];
    bare->flush(address, bytes);
}

static void bitloom_bare_read(void *context, uint32_t address, void *data, size_t bytes)
{
    const bitloom_bare *bare = (const bitloom_bare *)context;
    volatile const uint8_t *memory = (volatile const uint8_t *)(uintptr_t)address;
    uint8_t *to = (uint8_t *)data;
    size_t k;
    bare->invalidate(address, bytes);
    for (k = 0; k < bytes; k++)
        to[k] = memory[k];
}

static int bitloom_bare_wait(void *context, uint32_t polls)
{
    return ((const bitloom_bare *)context)->expired(polls);
}

static const bitloom_ops bitloom_bare_ops = {bitloom_bare_read32, bitloom_bare_write32,
                                             bitloom_bare_write, bitloom_bare_read,
                                             bitloom_bare_wait};

#endif
