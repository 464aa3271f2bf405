// LZ4 blocks for Verilator's FST writer where the machine has no liblz4: its two functions, and the
// whole of what they need. The block format is that of lz4_Block_format.md, written greedily with
// one candidate for each hash of four bytes; every LZ4 reader reads it.

#ifndef BITLOOM_LZ4_H
#define BITLOOM_LZ4_H

#include <cstdint>
#include <cstring>
#include <vector>

inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

namespace bitloom {

inline char* lz4_length(char* out, int length) {  // what is beyond the token's 15
    for (length -= 15; length >= 255; length -= 255) *out++ = static_cast<char>(255);
    *out++ = static_cast<char>(length);
    return out;
}

// Literals, and a match of at least 4 bytes if it is not the end (match 0).
inline char* lz4_sequence(char* out, const char* from, int literals, int match, int offset) {
    const int beyond = match ? match - 4 : 0;
    *out++ = static_cast<char>((literals < 15 ? literals : 15) << 4 | (beyond < 15 ? beyond : 15));
    if (literals >= 15) out = lz4_length(out, literals);
    std::memcpy(out, from, literals);
    out += literals;
    if (!match) return out;
    *out++ = static_cast<char>(offset & 255);
    *out++ = static_cast<char>(offset >> 8);
    return beyond >= 15 ? lz4_length(out, beyond) : out;
}

}  // namespace bitloom

// The room must be that of LZ4_compressBound.
inline int LZ4_compress_default(const char* from, char* to, int size, int) {
    std::vector<int> last(1 << 14, -1);
    char* out = to;
    int start = 0;
    // A match begins 12 bytes before the end or earlier, and leaves 5 literals behind it.
    for (int at = 0; at < size - 12;) {
        std::uint32_t word;
        std::memcpy(&word, from + at, 4);
        int& place = last[word * 2654435761u >> 18];
        const int before = place;
        place = at;
        if (before < 0 || at - before > 65535 || std::memcmp(from + before, from + at, 4)) {
            ++at;
            continue;
        }
        int match = 4;
        while (at + match < size - 5 && from[before + match] == from[at + match]) ++match;
        out = bitloom::lz4_sequence(out, from + start, at - start, match, at - before);
        start = at += match;
    }
    return static_cast<int>(bitloom::lz4_sequence(out, from + start, size - start, 0, 0) - to);
}

#endif
