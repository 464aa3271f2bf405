/* Classify the known frames of the build on the board, and compare.
 *
 *     cc -std=c99 -O2 -o bitloom main.c bitloom.c bitloom_linux.c && sudo ./bitloom
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bitloom_build.h"
#include "bitloom_linux.h"
#include "bitloom_vectors.h"

static int refuse(int result)
{
    fprintf(stderr, "%s\n", bitloom_message(result));
    return result == BITLOOM_VECTORS ? 1 : 2;
}

int main(int count, char **arguments)
{
    static uint8_t out[BITLOOM_VECTORS_COUNT * BITLOOM_OUTPUT_FRAME_BYTES];
    const char *root = count > 1 ? arguments[1] : "";
    bitloom_linux way;
    bitloom_memory memory;
    bitloom device;
    uint32_t k, wrong = 0;
    int result;
    if (bitloom_linux_open(&way, &memory, root, "udmabuf0", 1.0)) {
        fprintf(stderr, "The accelerator's memory must be there: %s; modprobe u-dma-buf "
                        "udmabuf0=16777216, and be root\n", strerror(errno));
        return 2;
    }
    result = bitloom_open(&device, &bitloom_linux_ops, &way, memory);
    if (result == BITLOOM_OK)
        result = bitloom_selftest(&device);
    if (result == BITLOOM_OK) /* one alone: the second run shows whether it left something */
        result = bitloom_run(&device, bitloom_vectors_in, 1, out);
    if (result == BITLOOM_OK)
        result = bitloom_run(&device, bitloom_vectors_in, BITLOOM_VECTORS_COUNT, out);
    if (result != BITLOOM_OK)
        return refuse(result);
    for (k = 0; k < BITLOOM_VECTORS_COUNT; k++)
        wrong += memcmp(out + k * BITLOOM_OUTPUT_FRAME_BYTES,
                        bitloom_vectors_out + k * BITLOOM_OUTPUT_FRAME_BYTES,
                        BITLOOM_OUTPUT_FRAME_BYTES) != 0;
    printf("frames %u\nmismatches %u\ncycles %lu\n", (unsigned)BITLOOM_VECTORS_COUNT,
           (unsigned)wrong, (unsigned long)bitloom_cycles(&device));
    bitloom_linux_close(&way);
    return wrong ? refuse(BITLOOM_VECTORS) : 0;
}
