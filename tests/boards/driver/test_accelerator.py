import ast
import re
from pathlib import Path

import numpy as np
import pytest

from boards import driver
from boards.driver.errors import SENTENCES
from tests.boards.driver import model
from tests.boards.driver.model import Direct, Model


def opened(document=None, *, transport=None, timeout=None, vectors=None, **options):
    document = document or model.manifest()
    transport = transport or Direct(Model(document, **options))
    return driver.Accelerator(document, transport, timeout, vectors)


def some(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 12))


@pytest.mark.parametrize("buffers", [1, 2])
@pytest.mark.parametrize("memory_bytes", [1 << 16, 1024])
def test_hundred_frames(memory_bytes, buffers):
    hardware = Model(model.manifest())
    accelerator = opened(transport=Direct(hardware, memory_bytes, buffers))
    frames = some(100)
    for part in (frames, frames[:7], frames.reshape(100, 4, 3, 1)):
        np.testing.assert_array_equal(accelerator.run(part), model.thirds(part.reshape(-1, 12)))
    each = (memory_bytes // buffers - 256) // 18
    assert accelerator.capacity == each
    assert hardware.runs == 2 * -(-100 // each) + 1


def test_no_frames():
    accelerator = opened()
    assert accelerator.run(np.zeros((0, 12), int)).shape == (0, 3)


@pytest.mark.parametrize("count", [1, 7, 8, 50])
def test_batches(count):
    document = model.manifest(frames_per_batch=8)
    hardware = Model(document)
    accelerator = opened(document, transport=Direct(hardware, 2 * (256 + 20 * 18)))
    assert accelerator.capacity == 16
    np.testing.assert_array_equal(accelerator.run(some(count)), model.thirds(some(count)))
    assert hardware.runs == -(-count // 16)


def test_memory_for_less_than_a_batch():
    accelerator = opened(model.manifest(frames_per_batch=8), transport=None, size=700)
    message = "Memory for buffers must have at least 800 bytes for a batch of 8 frames, not 700"
    with pytest.raises(driver.InputError, match=f"^{message}$"):
        accelerator.run(some(1))


@pytest.mark.parametrize(("i_form", "i_bits"), [("bipolar", 1), ("int2", 2), ("uint4", 4),
                                                ("int8", 8), ("uint16", 16)])  # fmt: skip
@pytest.mark.parametrize(("o_form", "o_bits"), [("bipolar", 1), ("ternary", 2), ("uint4", 4),
                                                ("uint8", 8), ("int32", 32)])  # fmt: skip
def test_types(i_form, i_bits, o_form, o_bits):
    """A core that looks up each value: all frames tight, no item at a byte of its own."""
    document = model.manifest(model.port(i_form, (13,), i_bits), model.port(o_form, (5,), o_bits))
    low, high, step = {"bipolar": (-1, 1, 2), "ternary": (-1, 1, 1), "uint4": (0, 15, 1),
                       "uint8": (0, 255, 1), "int32": (-(1 << 31), (1 << 31) - 1, 1)}[o_form]

    def core(values):
        return low + (np.abs(values[:, :5]) * 40503) % ((high - low) // step + 1) * step

    accelerator = opened(document, transport=Direct(Model(document, core)))
    port = accelerator.input
    rng = np.random.default_rng(i_bits)
    frames = rng.integers(port.low, port.high, (20, 13), endpoint=True)
    frames = np.where(frames == 0, 1, frames) if port.bipolar else frames
    np.testing.assert_array_equal(accelerator.run(frames), core(frames))


@pytest.mark.parametrize("reason", list(SENTENCES))
def test_reasons(reason):
    accelerator = opened()
    hardware = accelerator.transport.model
    hardware.fail = (reason,)
    value = 1 | 1 << 2 | 1 << model.FIELDS["STATUS"][reason]
    message = f"The run ended with STATUS 0x{value:08X}: {SENTENCES[reason]}"
    with pytest.raises(driver.StatusError, match=f"^{re.escape(message)}$") as caught:
        accelerator.run(some(3))
    assert caught.value.reasons == (reason,)
    np.testing.assert_array_equal(accelerator.run(some(3)), model.thirds(some(3)))


def test_raw_runs():
    accelerator = opened()
    (source, target), _ = accelerator.pairs()
    with pytest.raises(driver.StatusError, match="INPUT_BYTES must be FRAMES times"):
        accelerator.execute(source.address, 13, target.address, 64, 1)
    with pytest.raises(driver.StatusError, match="OUTPUT_BYTES must be at least"):
        accelerator.execute(source.address, 24, target.address, 11, 2)
    counters = accelerator.execute(source.address, 24, target.address, 12, 2)
    assert counters == driver.Counters(2, 2, 16, 2, 0)


def test_two_starts():
    accelerator = opened()
    (source, target), _ = accelerator.pairs()
    run = source.address, 12, target.address, 6, 1
    accelerator.start(*run)
    accelerator.start(*run)
    with pytest.raises(driver.StatusError) as caught:
        accelerator.finish()
    assert caught.value.reasons == ("start_while_busy",)
    assert accelerator.execute(*run).frames_out == 1


def test_abort():
    accelerator = opened()
    (source, target), _ = accelerator.pairs()
    accelerator.start(source.address, 12, target.address, 6, 1)
    assert not accelerator.status().idle
    accelerator.abort()
    assert accelerator.status().names == ("idle",)
    np.testing.assert_array_equal(accelerator.run(some(3)), model.thirds(some(3)))


def test_timeout():
    accelerator = opened(timeout=0.5)
    hardware = accelerator.transport.model
    hardware.polls = None
    message = ("A run of 3 frames must end within 0.5 s: STATUS is 0x00000000 (busy), 0 frames are "
               "in and 0 out; check the clock's frequency, and that the timing was met. The run "
               "was aborted, the next may start")  # fmt: skip
    with pytest.raises(driver.RunTimeout, match=f"^{re.escape(message)}$"):
        accelerator.run(some(3))
    assert 0.5 < accelerator.transport.now < 0.6
    hardware.polls = 2
    np.testing.assert_array_equal(accelerator.run(some(3)), model.thirds(some(3)))


@pytest.mark.parametrize(("state", "suspect"), [
    ({"INPUT_WAIT": 9},
     "the FPGA's memory port (clock, level shifters, address of the input buffer)"),
    ({"FRAMES_IN": 2, "FRAMES_OUT": 1, "OUTPUT_WAIT": 9},
     "the FPGA's memory port (address of the output buffer)"),
    ({"FRAMES_IN": 3, "FRAMES_OUT": 2}, "that whole batches are given, and the clock's frequency"),
])  # fmt: skip
def test_timeout_says_what_to_check(state, suspect):
    accelerator = opened(timeout=0.5)
    hardware = accelerator.transport.model
    hardware.polls = None
    (source, target), _ = accelerator.pairs()
    accelerator.start(source.address, 36, target.address, 18, 3)
    for name, value in state.items():
        hardware.set(name, value)
    with pytest.raises(driver.RunTimeout, match=f"; check {re.escape(suspect)}. The run was"):
        accelerator.finish()


def test_timeout_that_stays():
    accelerator = opened(timeout=0.5)
    hardware = accelerator.transport.model
    hardware.polls, hardware.stuck = None, True
    stays = ("The accelerator must be idle after an abort, but STATUS is 0x00000000; check the "
             "memory port and load the bitstream again")  # fmt: skip
    with pytest.raises(driver.RunTimeout, match=re.escape(f". {stays}") + "$"):
        accelerator.run(some(3))


def test_default_timeout():
    accelerator = opened()
    accelerator.transport.model.polls = None
    with pytest.raises(driver.RunTimeout, match=r"^A run of 3 frames must end within 1 s: "):
        accelerator.run(some(3))
    with pytest.raises(driver.InputError,
                       match=r"^Timeout must be positive seconds or None, not 0$"):  # fmt: skip
        opened(timeout=0)


def test_interrupted_on_the_host():
    accelerator = opened()
    transport = accelerator.transport

    def interrupt(seconds):
        raise KeyboardInterrupt

    transport.wait = interrupt
    with pytest.raises(KeyboardInterrupt):
        accelerator.run(some(3))
    assert accelerator.status().idle and not accelerator.running


def test_left_running():
    """A host that died left a run: the next one begins by aborting that."""
    document = model.manifest()
    hardware = Model(document, polls=None)
    hardware.write32(model.NAMES["CONTROL"], 1)
    opened(document, transport=Direct(hardware))
    assert hardware.get("STATUS") == 1


def test_interrupt():
    accelerator = opened()
    hardware, accelerator.transport.interrupt = accelerator.transport.model, True
    accelerator.run(some(3))
    assert hardware.get("IRQ_ENABLE") == 3 and hardware.get("IRQ_STATUS") == 0
    accelerator.reset()
    assert hardware.get("IRQ_ENABLE") == 0


@pytest.mark.parametrize(("name", "value", "message"), [
    ("ID", 0xFFFFFFFF, "ID must read 0x4C544942, not 0xFFFFFFFF: no Bitloom bitstream is loaded, "
                       "or its clock does not run; load this build's"),
    ("VERSION", 0x00020003,
     "VERSION must be 1.x, not 2.3: use the driver of the build that is loaded"),
    ("DIGEST0", 0x12345678,
     f"Bitstream must be that of build {model.DIGEST[:16]}, not 12345678{model.DIGEST[8:16]}, "
     "which is loaded; load this build's bitstream"),
])  # fmt: skip
def test_identity(name, value, message):
    document = model.manifest()
    hardware = Model(document)
    hardware.set(name, value)
    with pytest.raises(driver.IdentityError, match=f"^{re.escape(message)}$"):
        opened(document, transport=Direct(hardware))


def test_minor_versions():
    document = model.manifest()
    hardware = Model(document)
    hardware.set("VERSION", 0x00010007)
    opened(document, transport=Direct(hardware)).run(some(1))


@pytest.mark.parametrize("missing", ["system", "input", "digest"])
def test_manifest_without(missing):
    document = model.manifest()
    transport = Direct(Model(document))
    del document[missing]
    message = f"Manifest must have the field '{missing}'; build again with --board"
    with pytest.raises(driver.InputError, match=f"^{message}$"):
        opened(document, transport=transport)


def test_manifest_without_a_register():
    document = model.manifest()
    transport = Direct(Model(document))
    document["system"] = document["system"] | {"registers": model.REGISTERS[:3]}
    message = r"^Manifest must list the register DIGEST0; build again$"
    with pytest.raises(driver.InputError, match=message):
        opened(document, transport=transport)


def test_closes():
    with opened() as accelerator:
        pass
    assert accelerator.transport.closed


def test_old_pythons():
    """Boards run old images: the driver's syntax is that of Python 3.8."""
    for path in sorted(Path(driver.__file__).parent.glob("*.py")):
        ast.parse(path.read_text(), feature_version=(3, 8))
        assert "from __future__ import annotations" in path.read_text() or path.stem == "__init__"
