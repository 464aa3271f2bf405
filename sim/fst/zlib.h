// zlib streams for Verilator's FST writer where the machine has no zlib.h: its two functions. The
// bytes are stored, not compressed (RFC 1951, 3.2.4): so the writer prefers them as they are.

#ifndef BITLOOM_ZLIB_H
#define BITLOOM_ZLIB_H

#include <cstdint>
#include <cstring>
#include <initializer_list>

#define Z_OK 0

using Bytef = unsigned char;
using uLong = unsigned long;
using uLongf = unsigned long;

inline uLong compressBound(uLong size) { return size + 5 * (size / 65535 + 1) + 6; }

inline int compress2(Bytef* to, uLongf* size, const Bytef* from, uLong count, int) {
    Bytef* out = to;
    *out++ = 0x78;
    *out++ = 0x01;
    std::uint32_t a = 1, b = 0;  // Adler-32
    uLong at = 0;
    do {
        const uLong left = count - at, part = left < 65535 ? left : 65535;
        *out++ = part == left;
        for (const uLong field : {part, ~part}) {
            *out++ = static_cast<Bytef>(field & 255);
            *out++ = static_cast<Bytef>(field >> 8 & 255);
        }
        std::memcpy(out, from + at, part);
        out += part;
        for (uLong k = 0; k < part; ++k) {
            a = (a + from[at + k]) % 65521;
            b = (b + a) % 65521;
        }
        at += part;
    } while (at < count);
    for (const std::uint32_t sum : {b, a}) {
        *out++ = static_cast<Bytef>(sum >> 8);
        *out++ = static_cast<Bytef>(sum & 255);
    }
    *size = static_cast<uLongf>(out - to);
    return Z_OK;
}

#endif
