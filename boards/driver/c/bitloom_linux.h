/* Linux on the board: registers by /dev/mem, memory by u-dma-buf; needs root. */
#ifndef BITLOOM_LINUX_H
#define BITLOOM_LINUX_H

#include "bitloom.h"

typedef struct {
    volatile uint32_t *registers;
    volatile uint8_t *memory;
    uint32_t address, bytes; /* of the memory, as the accelerator sees it */
    double seconds, began;   /* of one run, and when it began */
} bitloom_linux;

extern const bitloom_ops bitloom_linux_ops;

/* Map the registers, and all of a u-dma-buf, half for input and half for output. root is "" or a
 * folder in which dev and sys stand; name is udmabuf0. Gives 0, or -1 and errno. */
int bitloom_linux_open(bitloom_linux *linux_, bitloom_memory *memory, const char *root,
                       const char *name, double seconds);
void bitloom_linux_close(bitloom_linux *linux_);

#endif
