import re

import numpy as np
import pytest

from boards import driver
from boards.driver import selftest, throughput
from tests.boards.driver import model
from tests.boards.driver.model import Direct, Model


def opened(hardware=None, document=None, **options):
    document = document or model.manifest()
    inputs = np.random.default_rng(0).integers(0, 256, (5, 12))
    vectors = inputs, model.thirds(inputs)
    transport = Direct(hardware or Model(document), **options)
    return driver.Accelerator(document, transport, None, vectors)


def test_passes():
    seen = []
    accelerator = opened()
    told = accelerator.selftest(lambda *step: seen.append(step))
    assert told == seen
    assert told == [
        ("identity", f"build {model.DIGEST[:16]} is loaded"),
        ("scratch", "38 words came back from a register"),
        ("errors", "a wrong address was refused"),
        ("loopback", "7546 bytes in 10 lengths came back through the memory"),
        ("vectors", "5 known frames gave their results"),
    ]
    assert list(selftest.STEPS) == [step for step, _ in told]
    assert accelerator.read("MODE") == 0


def test_small_memory():
    """The loopback has the lengths that fit."""
    told = dict(opened(memory_bytes=1024).selftest())
    assert told["loopback"] == "146 bytes in 5 lengths came back through the memory"


def test_no_vectors():
    accelerator = opened()
    accelerator.vectors = None
    assert accelerator.selftest()[-1] == ("vectors", "the build has no known vectors")


class Scratch(Model):
    def read32(self, offset):
        return super().read32(offset) & ~(0x10 if offset == model.NAMES["SCRATCH"] else 0)


class Loop(Model):
    """Spoils what a loopback writes: a byte within, or behind it."""

    place = 3

    def _end(self, *names):
        super()._end(*names)
        if self.get("MODE") and self.get("INPUT_BYTES") == 128:
            self.memory[self.get("OUTPUT_ADDRESS") - self.address + self.place] ^= 1


class Behind(Loop):
    place = 130


class Deaf(Model):
    def _wrong(self, *run):
        found = super()._wrong(*run)
        return () if found == ("address",) else found


class Wrong(Model):
    def __init__(self, document):
        super().__init__(document, lambda x: model.thirds(x) + (np.arange(len(x)) > 2)[:, None])


class Sticky(Model):
    """Keeps what a run left in its last word: the frames after it are out of step."""

    def _run(self):
        left = self.get("INPUT_BYTES") % 8 and not self.get("MODE")
        super()._run()
        if left:
            self.core = lambda values: model.thirds(values) + 1


@pytest.mark.parametrize(("kind", "step", "what"), [
    (Sticky, "vectors", "5 of 5 known frames give another result, the first is frame 0; check that "
                        "the timing was met at the clock's frequency, and load the bitstream "
                        "again"),
    (Scratch, "scratch", "SCRATCH must read 0xFFFFFFFF, not 0xFFFFFFEF; check the clock's "
                         "frequency and the base address of the registers"),
    (Loop, "loopback", "1 of 128 bytes differ, the first at 3; check the physical address of the "
                       "buffers and that the processor's cache is written back"),
    (Behind, "loopback", "bytes behind 128 of data were overwritten; check that the bitstream is "
                         "this build's and that its timing was met"),
    (Deaf, "errors", "an address that is no multiple of 8 was not refused; load this build's "
                     "bitstream"),
    (Wrong, "vectors", "2 of 5 known frames give another result, the first is frame 3; check that "
                       "the timing was met at the clock's frequency, and load the bitstream again"),
])  # fmt: skip
def test_fails(kind, step, what):
    accelerator = opened(kind(model.manifest()))
    message = f"Self-test failed at {step}: {what}"
    with pytest.raises(driver.SelfTestError, match=f"^{re.escape(message)}$") as caught:
        accelerator.selftest()
    assert caught.value.step == step
    assert accelerator.read("MODE") == 0


def test_other_build():
    accelerator = opened()
    accelerator.transport.model.set("DIGEST0", 7)
    with pytest.raises(driver.SelfTestError, match=r"^Self-test failed at identity: Bitstream m"):
        accelerator.selftest()


def test_throughput():
    accelerator = opened()
    accelerator.transport.time = iter(range(1000)).__next__  # each look takes 1 s
    result = accelerator.throughput_test(50)
    assert result == {
        "frames": 50, "seconds": 3, "frames_per_second": 50 / 3, "clock_mhz": 100.0,
        "cycles": 160, "cycles_per_frame": 3.2, "hardware_frames_per_second": 31.25e6,
        "compute_cycles": 2.0, "input_cycles": 2, "output_cycles": 1, "binds": "compute",
        "input_wait": 50 / 160, "output_wait": 0.0,
    }  # fmt: skip
    assert throughput.lines(result) == [
        "50 frames in 3 s: 17 frames/s from numpy to numpy",
        "hardware alone 31,250,000 frames/s: 3.2 cycles a frame at 100 MHz",
        "bounds a frame: compute 2 cycles, input 2, output 1; compute binds (50,000,000 frames/s)",
        "core waited for input 31.2%, for output 0.0% of the cycles",
    ]


@pytest.mark.parametrize(("bits", "words"), [(1, 13), (8, 98)])
def test_bounds(bits, words):
    """TFC_1W1A: 784 pixels as bytes bind the input, as bits nothing but the core."""
    form = "bipolar" if bits == 1 else "uint8"
    document = model.manifest(model.port(form, (784,), bits), model.port("int8", (10,), 8),
                              cycles_per_frame=64)  # fmt: skip
    found = throughput.bounds(document)
    assert found == {"compute": 64.0, "input": words, "output": 2}


def test_no_frames():
    message = r"^Frames of a throughput test must be at least 1, not 0$"
    with pytest.raises(driver.InputError, match=message):
        opened().throughput_test(0)


def test_bipolar_throughput():
    document = model.manifest(model.port("bipolar", (12,), 1))
    assert opened(Model(document), document).throughput_test(10)["frames"] == 10
