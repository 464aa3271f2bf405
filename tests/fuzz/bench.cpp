// Clocks the benches of bench.v until all are done.

#include "Vmain.h"
#include "verilated.h"

int main() {
    const auto context = std::make_unique<VerilatedContext>();
    const auto top = std::make_unique<Vmain>(context.get(), "");
    for (top->clk = 0; !top->done; top->clk = !top->clk) top->eval();
    top->final();
    return 0;
}
