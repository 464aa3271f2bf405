// Streams a job's frames through Verilator's model of a top and records what comes out, as
// sim/bench.py does it, cycle for cycle: the same checks, and the same pauses of the same seed.
//
// The only argument is a folder. In: job.txt (the numbers of struct Job, then the state of
// Python's generator), inputs.bin (beats, each padded to whole bytes, little-endian). Out:
// outputs.bin (beats), cycles.bin (int64: of each frame the cycle of its first input transfer, of
// each frame that of its last output transfer, and the cycles in all), progress (frames done); or
// fault, one sentence, and exit status 1. A model that was compiled for a waveform writes it, too.
//
// Everything is sampled right before a clock edge and driven right after it. Cycle 0 is the first
// edge of the simulation.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"
#include "wave.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "a beat's bytes are those of the model's integers: the machine must be little-endian"
#endif

namespace {

constexpr int RESET = 4;  // cycles
constexpr std::chrono::milliseconds REPORT{200};  // between two writes of the progress file

using Bytes = std::vector<char>;

// The design broke a rule of its streams.
struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What cannot be read or written.
struct FileError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The state of Python's Mersenne twister as a seed sequence, so that std::mt19937 goes on from it.
struct State {
    using result_type = std::uint_least32_t;
    std::array<result_type, std::mt19937::state_size> words;

    template <class Iterator>
    void generate(Iterator first, Iterator last) const {
        std::copy_n(words.begin(), std::distance(first, last), first);
    }
};

struct Job {
    std::size_t i_bytes, o_bytes;  // of a beat
    std::size_t i_beats, o_beats;  // of a frame
    std::size_t frames;
    double stall;  // probability of a pause, each cycle and on both sides
    std::int64_t deadline, quiet;  // cycles
    State state;

    explicit Job(const std::string& file) {
        std::ifstream in(file);
        in >> i_bytes >> o_bytes >> i_beats >> o_beats >> frames >> stall >> deadline >> quiet;
        for (auto& word : state.words) in >> word;
        if (!in) throw FileError("job.txt must hold a job");
    }
};

class Bench {
public:
    explicit Bench(std::string folder)
        : folder_(std::move(folder)), job_(folder_ + "/job.txt"), random_(job_.state) {
        if (job_.i_bytes > sizeof top_->s_axis_tdata || job_.o_bytes > sizeof top_->m_axis_tdata)
            throw FileError("job.txt must have the widths of the model");
        inputs_.resize(job_.frames * job_.i_beats * job_.i_bytes);
        std::ifstream in(folder_ + "/inputs.bin", std::ios::binary);
        if (!in.read(inputs_.data(), inputs_.size())) throw FileError("inputs.bin must be whole");
        outputs_.reserve(job_.frames * job_.o_beats * job_.o_bytes);
    }

    // Reset, stream every frame, and see that nothing follows the last one.
    void run() {
        top_->clk = 0;
        top_->rst = 1;
        eval();
        for (int k = 0; k < RESET; ++k) edge();
        top_->rst = 0;
        stream();
        silence();
    }

    void save() const {
        write("outputs.bin", outputs_.data(), outputs_.size());
        std::vector<std::int64_t> cycles(first_);
        cycles.insert(cycles.end(), last_.begin(), last_.end());
        cycles.push_back(cycle_);
        write("cycles.bin", cycles.data(), cycles.size() * sizeof cycles[0]);
    }

    void write(const char* name, const void* data, std::size_t size) const {
        std::ofstream out(folder_ + "/" + name, std::ios::binary);
        out.write(static_cast<const char*>(data), size);
        if (!out.flush()) throw FileError(std::string(name) + " cannot be written");
    }

private:
    // Let the inputs settle; afterwards every signal is as the next edge will see it.
    void settle() {
        top_->clk = 0;
        eval();
    }

    void edge() {
        settle();
        clock();
    }

    void clock() {
        top_->clk = 1;
        eval();
    }

    void eval() {
        top_->eval();
        wave_.step();
    }

    // Drive both sides until the last output.
    void stream() {
        const std::size_t total = job_.frames * job_.o_beats;
        const bool pauses = job_.stall > 0;
        bool offered = !pauses, ready = !pauses, held = false;
        if (offered) offer();
        top_->m_axis_tready = ready;
        const std::int64_t end = cycle_ = RESET - 1;
        while (true) {
            if (cycle_ - end >= job_.deadline) late();
            settle();
            ++cycle_;
            const bool accepted = offered && top_->s_axis_tready;
            if (top_->m_axis_tvalid) {
                held = valid(held, ready);
            } else if (held) {
                throw Fault("m_axis_tvalid must not drop before the transfer, " + where());
            }
            clock();
            if (accepted) offered = sent();
            if (received_ == total) return;
            if (pauses) {
                if (!offered && more() && chance() >= job_.stall) {
                    offered = true;
                    offer();
                }
                top_->m_axis_tready = ready = chance() >= job_.stall;
            }
        }
    }

    bool more() const { return sent_ < job_.frames * job_.i_beats; }

    // Put the next beat on the input.
    void offer() {
        void* data = &top_->s_axis_tdata;
        std::memcpy(data, &inputs_[sent_ * job_.i_bytes], job_.i_bytes);
        top_->s_axis_tlast = sent_ % job_.i_beats == job_.i_beats - 1;
        top_->s_axis_tvalid = 1;
    }

    // Count an input transfer; returns whether the next beat is offered at once.
    bool sent() {
        if (sent_ % job_.i_beats == 0) first_.push_back(cycle_);
        ++sent_;
        if (more() && (job_.stall == 0 || chance() >= job_.stall)) {
            offer();
            return true;
        }
        top_->s_axis_tvalid = 0;
        return false;
    }

    // Check the beat on the output and take it if ready; returns whether it is held.
    bool valid(bool held, bool ready) {
        const char* beat = reinterpret_cast<const char*>(&top_->m_axis_tdata);
        const bool tlast = top_->m_axis_tlast;
        if (held && (tlast != held_last_ || !std::equal(held_.begin(), held_.end(), beat)))
            throw Fault("m_axis_tdata and tlast must be stable until the transfer, " + where());
        if (!ready) {
            held_.assign(beat, beat + job_.o_bytes);
            held_last_ = tlast;
            return true;
        }
        const bool last = (received_ + 1) % job_.o_beats == 0;
        if (tlast != last)
            throw Fault("m_axis_tlast must be " + std::to_string(last) + ", not " +
                        std::to_string(tlast) + ", " + where());
        outputs_.insert(outputs_.end(), beat, beat + job_.o_bytes);
        ++received_;
        if (last) {
            last_.push_back(cycle_);
            report();
        }
        return false;
    }

    // See that the output stays quiet after the last frame.
    void silence() {
        top_->m_axis_tready = 1;
        for (std::int64_t k = 0; k < job_.quiet; ++k) {
            settle();
            if (top_->m_axis_tvalid)
                throw Fault("m_axis_tvalid must be 0 after the last of " +
                            std::to_string(job_.frames) + " frames");
            clock();
        }
    }

    [[noreturn]] void late() const {
        throw Fault("Top must answer " + std::to_string(job_.frames) + " frames within " +
                    std::to_string(job_.deadline) + " cycles, but took " +
                    std::to_string(sent_ / job_.i_beats) + " and gave " +
                    std::to_string(received_ / job_.o_beats));
    }

    std::string where() const {
        return "at beat " + std::to_string(received_ % job_.o_beats) + " of frame " +
               std::to_string(received_ / job_.o_beats) + ", cycle " + std::to_string(cycle_);
    }

    // As Python's random(): 53 bits.
    double chance() {
        const std::uint32_t high = random_() >> 5, low = random_() >> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    void report() {
        const auto now = std::chrono::steady_clock::now();
        if (now - reported_ < REPORT) return;
        reported_ = now;
        std::ofstream(folder_ + "/progress") << last_.size() << "\n";
    }

    const std::string folder_;
    const Job job_;
    std::mt19937 random_;
    const std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
    const std::unique_ptr<Vtop> top_ = std::make_unique<Vtop>(context_.get(), "");
    Wave wave_{*context_, *top_, folder_};
    Bytes inputs_, outputs_, held_;
    bool held_last_ = false;
    std::size_t sent_ = 0, received_ = 0;
    std::vector<std::int64_t> first_, last_;
    std::int64_t cycle_ = 0;
    std::chrono::steady_clock::time_point reported_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    try {
        Bench bench(arguments[1]);
        try {
            bench.run();
            bench.save();
        } catch (const Fault& fault) {
            bench.write("fault", fault.what(), std::strlen(fault.what()));
            return 1;
        }
    } catch (const FileError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
    return 0;
}
