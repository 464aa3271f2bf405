// The waveform of a model that was compiled for one, dump.fst or dump.vcd; of any other nothing.

#ifndef BITLOOM_WAVE_H
#define BITLOOM_WAVE_H

#include <cstdint>
#include <string>

#include "Vtop.h"
#include "verilated.h"

#if VM_TRACE

#if VM_TRACE_FST
#include "verilated_fst_c.h"
#else
#include "verilated_vcd_c.h"
#endif

class Wave {
public:
    Wave(VerilatedContext& context, Vtop& top, const std::string& folder) {
        context.traceEverOn(true);
        top.trace(&file_, 99);
        file_.open((folder + "/dump." + (VM_TRACE_FST ? "fst" : "vcd")).c_str());
    }

    // Half a cycle is a step of time, as for sim/bench.py.
    void step() { file_.dump(time_++); }

private:
#if VM_TRACE_FST
    VerilatedFstC file_;
#else
    VerilatedVcdC file_;
#endif
    std::uint64_t time_ = 0;
};

#else

struct Wave {
    Wave(VerilatedContext&, Vtop&, const std::string&) {}
    void step() {}
};

#endif

#endif
