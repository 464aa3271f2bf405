/* See bitloom.h. */
#include "bitloom.h"

#include "bitloom_build.h"

#define ID 0x4C544942u
#define VERSION 0x0001u
#define REASONS (BITLOOM_ABORTED - BITLOOM_READ_SLVERR + 1)
#define CHUNK 64u /* bytes at once, on the stack */

static const uint32_t reason_bits[REASONS] = {
    BITLOOM_STATUS_READ_SLVERR,  BITLOOM_STATUS_READ_DECERR,      BITLOOM_STATUS_WRITE_SLVERR,
    BITLOOM_STATUS_WRITE_DECERR, BITLOOM_STATUS_START_WHILE_BUSY, BITLOOM_STATUS_INPUT_LENGTH,
    BITLOOM_STATUS_OUTPUT_LENGTH, BITLOOM_STATUS_ADDRESS,         BITLOOM_STATUS_ABORTED};

static const uint32_t digest[8] = BITLOOM_DIGEST;

static uint32_t get(const bitloom *device, uint32_t offset)
{
    return device->ops->read32(device->context, offset);
}

static void set(const bitloom *device, uint32_t offset, uint32_t value)
{
    device->ops->write32(device->context, offset, value);
}

const char *bitloom_message(int result)
{
    static const char *const messages[] = {
        "No error",
        "No Bitloom bitstream is loaded, or its clock does not run; load this build's",
        "The registers are of another version; use the driver of the build that is loaded",
        "The bitstream of another build is loaded; load this build's",
        "The memory must be at multiples of 8 and hold one batch of frames each way",
        "A run did not end in time and was aborted; check the clock and the memory port",
        "The accelerator stays busy after an abort; load the bitstream again",
        "A run failed without a reason; load the bitstream again",
        "The memory answered a read with SLVERR; check the input buffer's address",
        "There is no memory where the input was read; check the input buffer's address",
        "The memory answered a write with SLVERR; check the output buffer's address",
        "There is no memory where the output was written; check the output buffer's address",
        "A run was started before the last one had ended; wait for that or abort it first",
        "INPUT_BYTES must be FRAMES times the bytes of an input frame",
        "OUTPUT_BYTES must be at least FRAMES times the bytes of an output frame, FRAMES at least 1",
        "INPUT_ADDRESS and OUTPUT_ADDRESS must be multiples of 8",
        "The run was aborted",
        "A register does not hold what was written; check the clock and the base address",
        "Bytes through the memory came back changed; check the buffers' addresses and the caches",
        "A known frame gave another result; check the clock, and load the bitstream again"};
    if (result < 0 || (size_t)result >= sizeof messages / sizeof *messages)
        return "Unknown result";
    return messages[result];
}

size_t bitloom_size(void)
{
    return sizeof(bitloom);
}

static int identify(const bitloom *device)
{
    uint32_t k;
    if (get(device, BITLOOM_REG_ID) != ID)
        return BITLOOM_WRONG_ID;
    if (get(device, BITLOOM_REG_VERSION) >> 16 != VERSION)
        return BITLOOM_WRONG_VERSION;
    for (k = 0; k < 8; k++)
        if (get(device, BITLOOM_REG_DIGEST0 + 4 * k) != digest[k])
            return BITLOOM_WRONG_DIGEST;
    return BITLOOM_OK;
}

int bitloom_open(bitloom *device, const bitloom_ops *ops, void *context, bitloom_memory memory)
{
    int result;
    device->ops = ops;
    device->context = context;
    device->memory = memory;
    device->status = 0;
    if ((memory.input_address | memory.output_address) & 7)
        return BITLOOM_MEMORY;
    result = identify(device);
    if (result == BITLOOM_OK && !(get(device, BITLOOM_REG_STATUS) & BITLOOM_STATUS_IDLE))
        result = bitloom_abort(device);
    if (result == BITLOOM_OK)
        set(device, BITLOOM_REG_MODE, 0);
    return result;
}

void bitloom_start(bitloom *device, uint32_t input_address, uint32_t input_bytes,
                   uint32_t output_address, uint32_t output_bytes, uint32_t frames)
{
    set(device, BITLOOM_REG_INPUT_ADDRESS, input_address);
    set(device, BITLOOM_REG_INPUT_BYTES, input_bytes);
    set(device, BITLOOM_REG_OUTPUT_ADDRESS, output_address);
    set(device, BITLOOM_REG_OUTPUT_BYTES, output_bytes);
    set(device, BITLOOM_REG_FRAMES, frames);
    set(device, BITLOOM_REG_CONTROL, BITLOOM_CONTROL_START);
}

int bitloom_finish(bitloom *device)
{
    uint32_t status, polls = 0;
    int k;
    for (;;) {
        status = get(device, BITLOOM_REG_STATUS);
        if ((status & BITLOOM_STATUS_IDLE) && (status & ~BITLOOM_STATUS_IDLE))
            break;
        if (device->ops->wait(device->context, ++polls)) {
            device->status = status;
            k = bitloom_abort(device);
            return k == BITLOOM_OK ? BITLOOM_TIMEOUT : k;
        }
    }
    device->status = status;
    set(device, BITLOOM_REG_STATUS, status);
    for (k = 0; k < REASONS; k++)
        if (status & reason_bits[k])
            return BITLOOM_READ_SLVERR + k;
    return status & BITLOOM_STATUS_ERROR ? BITLOOM_ERROR : BITLOOM_OK;
}

int bitloom_execute(bitloom *device, uint32_t input_address, uint32_t input_bytes,
                    uint32_t output_address, uint32_t output_bytes, uint32_t frames)
{
    bitloom_start(device, input_address, input_bytes, output_address, output_bytes, frames);
    return bitloom_finish(device);
}

int bitloom_abort(bitloom *device)
{
    uint32_t status, polls = 0;
    set(device, BITLOOM_REG_CONTROL, BITLOOM_CONTROL_ABORT);
    while (!((status = get(device, BITLOOM_REG_STATUS)) & BITLOOM_STATUS_IDLE))
        if (device->ops->wait(device->context, ++polls))
            return BITLOOM_STUCK;
    set(device, BITLOOM_REG_STATUS, status);
    return BITLOOM_OK;
}

uint32_t bitloom_status(const bitloom *device)
{
    return get(device, BITLOOM_REG_STATUS);
}

uint64_t bitloom_cycles(const bitloom *device)
{
    return get(device, BITLOOM_REG_CYCLES_LOW) | (uint64_t)get(device, BITLOOM_REG_CYCLES_HIGH) << 32;
}

int bitloom_load(bitloom *device, uint32_t address, const uint32_t *words, uint32_t count)
{
#ifdef BITLOOM_REG_LOAD_DATA
    uint32_t k;
    if (!(get(device, BITLOOM_REG_STATUS) & BITLOOM_STATUS_IDLE))
        return BITLOOM_START_WHILE_BUSY;
    set(device, BITLOOM_REG_LOAD_ADDRESS, address);
    for (k = 0; k < count; k++)
        set(device, BITLOOM_REG_LOAD_DATA, words[k]);
    return BITLOOM_OK;
#else
    (void)device, (void)address, (void)words, (void)count;
    return BITLOOM_ERROR;
#endif
}

/* Zeros from an address on. */
static void clear(const bitloom *device, uint32_t address, uint32_t bytes)
{
    static const uint8_t zeros[CHUNK] = {0};
    uint32_t part;
    for (; bytes; bytes -= part, address += part) {
        part = bytes < CHUNK ? bytes : CHUNK;
        device->ops->write(device->context, address, zeros, part);
    }
}

int bitloom_run(bitloom *device, const uint8_t *in, uint32_t frames, uint8_t *out)
{
    const uint32_t in_bytes = BITLOOM_INPUT_FRAME_BYTES, out_bytes = BITLOOM_OUTPUT_FRAME_BYTES;
    const uint32_t batch = BITLOOM_FRAMES_PER_BATCH;
    const bitloom_memory *memory = &device->memory;
    uint32_t capacity = memory->input_bytes / in_bytes, count, whole;
    int result;
    if (capacity > memory->output_bytes / out_bytes)
        capacity = memory->output_bytes / out_bytes;
    capacity -= capacity % batch;
    if (!capacity)
        return BITLOOM_MEMORY;
    for (; frames; frames -= count, in += (size_t)count * in_bytes) {
        count = frames < capacity ? frames : capacity;
        whole = (count + batch - 1) / batch * batch;
        device->ops->write(device->context, memory->input_address, in, (size_t)count * in_bytes);
        clear(device, memory->input_address + count * in_bytes, (whole - count) * in_bytes);
        result = bitloom_execute(device, memory->input_address, whole * in_bytes,
                                 memory->output_address, whole * out_bytes, whole);
        if (result != BITLOOM_OK)
            return result;
        device->ops->read(device->context, memory->output_address, out, (size_t)count * out_bytes);
        out += (size_t)count * out_bytes;
    }
    return BITLOOM_OK;
}

/* The next of random words; Marsaglia's xorshift. */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Random bytes through the memory: not a multiple of a word, a burst or a page. */
static int loopback(bitloom *device, uint32_t bytes)
{
    uint8_t data[CHUNK];
    uint32_t state = bytes | 1u << 31, first, part, k;
    int result;
    for (first = 0; first < bytes; first += part) {
        part = bytes - first < CHUNK ? bytes - first : CHUNK;
        for (k = 0; k < part; k++)
            data[k] = (uint8_t)next(&state);
        device->ops->write(device->context, device->memory.input_address + first, data, part);
    }
    clear(device, device->memory.output_address, bytes);
    result = bitloom_execute(device, device->memory.input_address, bytes,
                             device->memory.output_address, bytes, 1);
    state = bytes | 1u << 31;
    for (first = 0; first < bytes && result == BITLOOM_OK; first += part) {
        part = bytes - first < CHUNK ? bytes - first : CHUNK;
        device->ops->read(device->context, device->memory.output_address + first, data, part);
        for (k = 0; k < part; k++)
            if (data[k] != (uint8_t)next(&state))
                result = BITLOOM_LOOPBACK;
    }
    return result;
}

int bitloom_selftest(bitloom *device)
{
    static const uint16_t lengths[] = {1, 7, 8, 9, 121, 128, 129, 1000, 4095};
    uint32_t k, value;
    int result = identify(device);
    for (k = 0; k < 32 && result == BITLOOM_OK; k++) {
        value = 1u << k;
        set(device, BITLOOM_REG_SCRATCH, k & 1 ? ~value : value);
        if (get(device, BITLOOM_REG_SCRATCH) != (k & 1 ? ~value : value))
            result = BITLOOM_SCRATCH;
    }
    if (result != BITLOOM_OK)
        return result;
    set(device, BITLOOM_REG_MODE, BITLOOM_MODE_LOOPBACK);
    for (k = 0; k < sizeof lengths / sizeof *lengths && result == BITLOOM_OK; k++)
        if (lengths[k] <= device->memory.input_bytes && lengths[k] <= device->memory.output_bytes)
            result = loopback(device, lengths[k]);
    set(device, BITLOOM_REG_MODE, 0);
    return result;
}

void bitloom_pack(const int32_t *items, uint8_t *frame)
{
    const uint32_t bits = BITLOOM_INPUT_BITS, mask = 0xFFFFFFFFu >> (32 - bits);
    uint32_t k, place, code, byte;
    for (k = 0; k < BITLOOM_INPUT_FRAME_BYTES; k++)
        frame[k] = 0;
    for (k = 0; k < BITLOOM_INPUT_ITEMS; k++) {
        code = (BITLOOM_INPUT_BIPOLAR ? (uint32_t)(items[k] > 0) : (uint32_t)items[k]) & mask;
        place = k * bits;
        for (byte = place / 8; code; byte++, code = bits > 8 ? code >> 8 : 0)
            frame[byte] = (uint8_t)(frame[byte] | code << place % 8);
    }
}

void bitloom_unpack(const uint8_t *frame, int32_t *items)
{
    const uint32_t bits = BITLOOM_OUTPUT_BITS, mask = 0xFFFFFFFFu >> (32 - bits);
    const uint32_t sign = BITLOOM_OUTPUT_SIGNED ? 1u << (bits - 1) : 0;
    uint32_t k, byte, code;
    for (k = 0; k < BITLOOM_OUTPUT_ITEMS; k++) {
        code = 0;
        for (byte = 0; byte * 8 < bits; byte++)
            code |= (uint32_t)frame[k * bits / 8 + byte] << 8 * byte;
        code = code >> k * bits % 8 & mask;
        if (BITLOOM_OUTPUT_BIPOLAR)
            items[k] = code ? 1 : -1;
        else
            items[k] = code & sign ? -(int32_t)(mask - code) - 1 : (int32_t)code;
    }
}
