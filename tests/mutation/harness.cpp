// A Verilator model of all mutants as a shared library: one buffer of 64-bit words holds all ports.
//
// ports.h, which tests/mutation/model.py writes, names the ports: GIVE of each input, TAKE of each
// output, with its first word in the buffer, and CLOCK of the clock if there is one.
#include <cstddef>
#include <cstdint>

#include "Vdut.h"
#include "verilated.h"

// Combinational loops that a mutant closes must not end the process.
void vl_fatal(const char*, int, const char*, const char*) { throw 1; }
void vl_stop(const char*, int, const char*) { throw 1; }

template <typename T>
static void give(T& port, const uint64_t* words) { port = static_cast<T>(*words); }

template <std::size_t N>
static void give(VlWide<N>& port, const uint64_t* words) {
    for (std::size_t k = 0; k < N; ++k) port[k] = words[k / 2] >> (k % 2 * 32);
}

template <typename T>
static void take(const T& port, uint64_t* words) { *words = port; }

template <std::size_t N>
static void take(const VlWide<N>& port, uint64_t* words) {
    for (std::size_t k = 0; k < N; k += 2)
        words[k / 2] = port[k] | (k + 1 < N ? uint64_t{port[k + 1]} << 32 : 0);
}

struct Mutant {
    VerilatedContext context;
    Vdut dut;
    uint64_t* words;
    explicit Mutant(uint64_t* buffer) : dut(&context, "dut"), words(buffer) {}
};

extern "C" {
void* begin(uint64_t* words, unsigned number) {
    Mutant* one = new Mutant(words);
    one->dut.mutsel = number;
    return one;
}

void end(Mutant* one) { delete one; }

// What the inputs in the buffer give; 1 if it never settles.
int settle(Mutant* one) {
    try {
#define GIVE(name, place) give(one->dut.name, one->words + place);
#define TAKE(name, place)
#include "ports.h"
        one->dut.eval();
#undef GIVE
#undef TAKE
#define GIVE(name, place)
#define TAKE(name, place) take(one->dut.name, one->words + place);
#include "ports.h"
#undef GIVE
#undef TAKE
        return 0;
    } catch (int) {
        return 1;
    }
}

// A rising edge of the clock, with the inputs of the last settle.
int edge(Mutant* one) {
    try {
#ifdef CLOCK
        one->dut.CLOCK = 1;
        one->dut.eval();
        one->dut.CLOCK = 0;
        one->dut.eval();
#endif
        return 0;
    } catch (int) {
        return 1;
    }
}
}
