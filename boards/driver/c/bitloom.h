/* Host driver of a Bitloom accelerator in C99: no allocation, no library.
 *
 * All that is of one build stands in bitloom_build.h, which the build wrote. A caller gives the way
 * to the registers and the memory as a bitloom_ops; bitloom_bare.h has one for bare metal,
 * bitloom_linux.h one for Linux.
 *
 * A frame is BITLOOM_INPUT_FRAME_BYTES (BITLOOM_OUTPUT_FRAME_BYTES) bytes; frames follow each other
 * without a gap. bitloom_pack and bitloom_unpack convert between these and integers.
 */
#ifndef BITLOOM_H
#define BITLOOM_H

#include <stddef.h>
#include <stdint.h>

/* The way to an accelerator; context is the caller's own. */
typedef struct {
    uint32_t (*read32)(void *context, uint32_t offset);
    void (*write32)(void *context, uint32_t offset, uint32_t value);
    /* Copies to and from memory at an address as the accelerator sees it; keep caches coherent. */
    void (*write)(void *context, uint32_t address, const void *data, size_t bytes);
    void (*read)(void *context, uint32_t address, void *data, size_t bytes);
    /* Called between two reads of STATUS, polls of them so far; not zero: time is over. */
    int (*wait)(void *context, uint32_t polls);
} bitloom_ops;

/* Two pieces of memory of the accelerator, at multiples of 8. */
typedef struct {
    uint32_t input_address, input_bytes;
    uint32_t output_address, output_bytes;
} bitloom_memory;

typedef struct {
    const bitloom_ops *ops;
    void *context;
    bitloom_memory memory;
    uint32_t status; /* STATUS at the end of the last run */
} bitloom;

/* What every function gives: BITLOOM_OK or what went wrong. */
enum {
    BITLOOM_OK = 0,
    BITLOOM_WRONG_ID,      /* no Bitloom system answers */
    BITLOOM_WRONG_VERSION, /* its registers are others */
    BITLOOM_WRONG_DIGEST,  /* another build is loaded */
    BITLOOM_MEMORY,        /* the memory is too small, or at no multiple of 8 */
    BITLOOM_TIMEOUT,       /* a run did not end in time; it was aborted */
    BITLOOM_STUCK,         /* the accelerator stays busy after an abort */
    BITLOOM_ERROR,         /* a run failed without a reason */
    BITLOOM_READ_SLVERR,   /* from here on the reasons in STATUS */
    BITLOOM_READ_DECERR,
    BITLOOM_WRITE_SLVERR,
    BITLOOM_WRITE_DECERR,
    BITLOOM_START_WHILE_BUSY,
    BITLOOM_INPUT_LENGTH,
    BITLOOM_OUTPUT_LENGTH,
    BITLOOM_ADDRESS,
    BITLOOM_ABORTED,
    BITLOOM_SCRATCH,       /* self-test: a register does not hold what was written */
    BITLOOM_LOOPBACK,      /* self-test: bytes through the memory differ */
    BITLOOM_VECTORS        /* a known frame gave another result */
};

/* What a result means and what to check, one sentence. */
const char *bitloom_message(int result);

/* Bytes of a bitloom, for callers that cannot see this file. */
size_t bitloom_size(void);

/* Compare ID, version and digest with this build; stops a run that was left on. */
int bitloom_open(bitloom *device, const bitloom_ops *ops, void *context, bitloom_memory memory);

/* Classify frames: in and out are whole frames. Runs as many at once as the memory holds; fills up
 * the last batch where the build works in batches and drops what comes of that. */
int bitloom_run(bitloom *device, const uint8_t *in, uint32_t frames, uint8_t *out);

/* One run on memory that is there already: start and finish. */
int bitloom_execute(bitloom *device, uint32_t input_address, uint32_t input_bytes,
                    uint32_t output_address, uint32_t output_bytes, uint32_t frames);
void bitloom_start(bitloom *device, uint32_t input_address, uint32_t input_bytes,
                   uint32_t output_address, uint32_t output_bytes, uint32_t frames);
int bitloom_finish(bitloom *device);

/* Stop a run, in mid-frame too, and wait until the accelerator is idle. */
int bitloom_abort(bitloom *device);

/* STATUS now, and the clock cycles of the last run. */
uint32_t bitloom_status(const bitloom *device);
uint64_t bitloom_cycles(const bitloom *device);

/* Write parameters of layers with storage "ram" from a load address on, while no run is on. The
 * manifest's system.parameters says which word stands where; boards/driver/parameters.py makes them.
 * A build without such layers takes them as BITLOOM_ERROR. */
int bitloom_load(bitloom *device, uint32_t address, const uint32_t *words, uint32_t count);

/* Identity, the scratch register and random bytes through the memory. */
int bitloom_selftest(bitloom *device);

/* A frame between integers, row-major, and bytes; a bipolar value is -1 or +1. */
void bitloom_pack(const int32_t *items, uint8_t *frame);
void bitloom_unpack(const uint8_t *frame, int32_t *items);

#endif
