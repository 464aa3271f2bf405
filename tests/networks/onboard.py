"""What a host does to a system of TFC_1W1A in the simulator: each program raises where it fails.

Every program runs a clean run of its own at the end, so that what it did has left nothing behind.
"""

import traceback

import numpy as np

from sim import system_c, system_programs

LIMIT = 400_000  # cycles of a program: nothing hangs
FEW, MANY = 5, 100  # frames


class Case:
    """Images as the host has them, what must come out, and buffers of exactly the bytes needed."""

    def __init__(self, host, files: dict[str, str]) -> None:
        self.host, self.driver = host, host.driver
        arrays = np.load(files["arrays"])
        self.images, self.codes, self.expected = (
            arrays[name] for name in ("images", "codes", "expected"))
        self.i_bytes, self.o_bytes = (
            host.manifest[side]["frame_bytes"] for side in ("input", "output"))
        self.packed = arrays["packed"]  # (frames, i_bytes)
        self.accelerator = host.accelerator()
        self.transport = host.transport

    def load(self, count: int, room: int | None = None):
        """Buffers with count frames, and for their results or room bytes of these."""
        source = self.transport.allocate(count * self.i_bytes)
        source.write(0, self.packed[:count].tobytes())
        return source, self.transport.allocate(count * self.o_bytes if room is None else room)

    def start(self, count: int):
        """Start a run; gives its output buffer."""
        source, sink = self.load(count)
        self.accelerator.start(source.address, source.bytes, sink.address, sink.bytes, count)
        return sink

    def execute(self, source, sink, count: int, **changes):
        """One run of the registers."""
        given = {"input_address": source.address, "input_bytes": count * self.i_bytes,
                 "output_address": sink.address, "output_bytes": count * self.o_bytes,
                 "frames": count} | changes  # fmt: skip
        return self.accelerator.execute(*given.values())

    def refused(self, reason: str, function) -> None:
        """The run ends in an error with this reason alone."""
        try:
            function()
        except self.driver.StatusError as error:
            assert error.reasons == (reason,), error.reasons
        else:
            raise AssertionError(f"run must end with {reason}")

    def results(self, sink, count: int) -> None:
        """The buffer holds the results of the first frames."""
        found = np.frombuffer(sink.read(0, count * self.o_bytes), np.uint8)
        y = self.accelerator.output.unpack(found.tobytes(), count)
        np.testing.assert_array_equal(y.reshape(count, -1), self.expected[:count])

    def works(self) -> None:
        """A clean run of a few frames is right."""
        y = self.accelerator.classify(self.images[:FEW])
        np.testing.assert_array_equal(y.reshape(FEW, -1), self.expected[:FEW])


def python_driver(case) -> dict:
    """All images from numpy to numpy, in runs as large as the buffers."""
    runs, finish = [], case.accelerator.finish
    case.accelerator.finish = lambda: runs.append(finish()) or runs[-1]
    y = case.accelerator.classify(case.images)
    wrong = int(np.sum(y.reshape(len(y), -1) != case.expected))
    return {"mismatches": wrong, "cycles": sum(run.cycles for run in runs),
            "runs": len(runs), "classes": y.reshape(len(y), -1).argmax(axis=1)}  # fmt: skip


def small_memory(case) -> int:
    """The same with little memory, in several runs that take turns with two pairs of buffers."""
    case.transport.memory_bytes = 1 << 13
    try:
        case.accelerator = case.host.accelerator()
        result = python_driver(case)
    finally:
        del case.transport.memory_bytes  # the class has the usual one
    assert result["mismatches"] == 0
    return result["runs"]


def c_driver(case) -> dict:
    """The same images by the C driver, whose program packs them itself."""
    device = system_c.Device(case.host, len(case.codes))
    y = device.run(case.codes)
    return {"mismatches": int(np.sum(y != case.expected)),
            "cycles": case.host.counters()["cycles"], "classes": y.argmax(axis=1)}  # fmt: skip


def python_selftest(case) -> list:
    """Identity, registers, loopbacks of odd lengths, known vectors."""
    return [step for step, _ in case.accelerator.selftest()]


def bandwidth(case) -> float:
    """Share of 8 bytes a cycle in a loopback of 64 KB."""
    return system_programs.bandwidth(case.host)


def throughput(case) -> dict:
    """What the driver's own test measures."""
    return case.accelerator.throughput_test(frames=100)


def reset_in_mid_frame(case) -> None:
    """FCLKRESETN falls while bursts and frames are under way, at several times."""
    for cycles in (40, 333, 1001):
        case.start(MANY)
        case.host.cycles(cycles)
        case.host.reset()
        case.accelerator.running = False
        status = case.accelerator.status()
        assert status.names == ("idle",), status
        assert case.accelerator.read("INPUT_BYTES") == 0
        case.works()


def reset_in_little_memory(case) -> None:
    """The same where a serial line's own memory is all there is."""
    source, sink = case.accelerator.pairs()[0]
    source.write(0, case.packed.tobytes())
    for cycles in (1, 3000):
        case.accelerator.start(source.address, MANY * case.i_bytes, sink.address,
                               MANY * case.o_bytes, MANY)  # fmt: skip
        case.host.cycles(cycles)
        case.host.reset()
        case.accelerator.running = False
        assert case.accelerator.status().names == ("idle",)
        case.works()


def abort_in_mid_frame(case) -> None:
    """CONTROL.abort while bursts and frames are under way, at several times."""
    bits = case.accelerator.registers["CONTROL"].mask("abort")
    for cycles in (1, 40, 77, 333, 1001):
        case.start(MANY)
        case.host.cycles(cycles)
        case.accelerator.write("CONTROL", bits)
        case.refused("aborted", case.accelerator.finish)
        assert case.accelerator.status().names == ("idle",)
        case.works()


def wrong_lengths(case) -> None:
    """Input that ends in mid-frame or holds other frames than FRAMES; too little room."""
    source, sink = case.load(FEW)
    whole = FEW * case.i_bytes
    for count in (1, 8, whole - case.i_bytes, whole - 8, whole - 1, whole + 1, 2 * whole, 0):
        case.refused("input_length",
                     lambda count=count: case.execute(source, sink, FEW, input_bytes=count))
        case.works()
    for change in ({"output_bytes": FEW * case.o_bytes - 1}, {"output_bytes": 0}):
        case.refused("output_length", lambda change=change: case.execute(
            source, sink, FEW, **change))  # fmt: skip
    case.refused("output_length", lambda: case.execute(source, sink, FEW, frames=0,
                                                       input_bytes=0))  # fmt: skip
    case.works()


def wrong_addresses(case) -> None:
    """Addresses that are no multiples of 8."""
    source, sink = case.load(FEW)
    for change in ({"input_address": source.address + 1}, {"input_address": source.address + 4},
                   {"output_address": sink.address + 4}):  # fmt: skip
        case.refused("address", lambda change=change: case.execute(source, sink, FEW, **change))
    case.works()


def failing_memory(case) -> None:
    """SLVERR and DECERR at the first burst, in the middle and at the last, read and write."""
    source, sink = case.load(20)
    for kind, buffer in (("read", source), ("write", sink)):
        # Bursts end at multiples of 128 bytes.
        count = (buffer.address + buffer.bytes - 1) // 128 - buffer.address // 128 + 1
        for burst in sorted({0, count // 2, count - 1}):
            for code in ("slverr", "decerr"):
                case.host.port.memory.fail(kind, burst, code)
                case.refused(f"{kind}_{code}", lambda: case.execute(source, sink, 20))
                case.host.port.memory.mend()
                case.works()


def two_starts(case) -> None:
    """The second is refused and said so; the first run goes on and is right."""
    sink = case.start(MANY)
    case.accelerator.write("CONTROL", case.accelerator.registers["CONTROL"].mask("start"))
    case.refused("start_while_busy", case.accelerator.finish)
    case.results(sink, MANY)
    case.works()


def other_digest(case) -> None:
    """A manifest of another build is refused."""
    other = case.host.manifest | {"digest": "0" * 64}
    try:
        case.driver.Accelerator(other, case.transport)
    except case.driver.IdentityError as error:
        assert "0000000000000000" in str(error), error
    else:
        raise AssertionError("another build's digest must be refused")
    case.works()


def no_register(case) -> None:
    """Reads and writes beyond the registers are answered with errors, those around them not."""
    for function in (lambda: case.transport.read32(0xFFC), lambda: case.transport.write32(0xFFC, 1),
                     lambda: case.transport.read32(0x10_0000)):  # fmt: skip
        try:
            function()
        except Exception as error:
            assert type(error).__name__ == "BusError", error
        else:
            raise AssertionError("an address without a register must be answered with an error")
    case.works()


def bursts_to_registers(case) -> None:
    """What a processor's memcpy does."""
    digest = case.host.port.read_blocking(case.accelerator.registers["DIGEST0"].offset, 32)
    words = np.frombuffer(digest, "<u4")
    assert "".join(f"{word:08x}" for word in words) == case.host.manifest["digest"]
    first = case.accelerator.registers["INPUT_ADDRESS"].offset
    case.host.port.write_blocking(first, np.arange(8, 13, dtype="<u4").tobytes())
    assert case.accelerator.read("INPUT_BYTES") == 9
    assert case.accelerator.read("FRAMES") == 12
    case.works()


def one_frame_at_a_time(case) -> None:
    """Single frames, whose results are no whole words, into the bytes they take."""
    for _ in range(3):
        source, sink = case.load(1)
        counters = case.execute(source, sink, 1)
        assert (counters.frames_in, counters.frames_out) == (1, 1)
        case.results(sink, 1)


def program(host, names: list[str], files: dict[str, str], limit: int = LIMIT) -> dict:
    """Run programs of this module; for each what it gave, or the traceback."""
    seen = {}
    for name in names:
        host.limit(limit)
        try:
            seen[name] = [True, globals()[name](Case(host, files))]
            host.settle()
        except Exception:
            seen[name] = [False, traceback.format_exc()]
            host.faults.clear()
            host.port.memory.mend()
            host.reset()
    return seen
