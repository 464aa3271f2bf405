"""The rules of AXI3, one sentence each, on cycles made by hand."""

import pytest

from sim.axi3 import LAYOUT, Limits, Rules

AXI3 = Limits()
OURS = Limits(id=0, cache=0b0011, only_incr=True, outstanding=1, early=False)
INCR, WRAP = 1, 2


def vector(channel, **fields):
    """A channel's fields as ps7.v concatenates them; valid and ready are 1 unless told."""
    value = 0
    for name, width in LAYOUT[channel]:
        value = value << width | fields.get(name, int(name in ("valid", "ready")))
    return value


def address(**fields):
    return {"addr": 0x1000, "len": 1, "size": 3, "burst": INCR, "cache": 3} | fields


def seen(cycles, limits=AXI3):
    """The sentences for cycles of {channel: fields}."""
    faults, written, read = [], [], []
    rules = Rules("P", limits, faults.append, written=lambda a, n: written.append(a),
                  read=lambda a, n: read.append((a, n)))  # fmt: skip
    for now, channels in enumerate(cycles):
        rules.cycle(now, {name: vector(name, **fields) for name, fields in channels.items()})
    return faults, written, read, rules


WRITE = [{"aw": address()}, {"w": {"strb": 0xF0, "last": 0}}, {"w": {"strb": 0x0F, "last": 1}},
         {"b": {}}]  # fmt: skip


def test_clean_write():
    faults, written, _, rules = seen(WRITE, OURS)
    assert (faults, rules.idle) == ([], True)
    assert written == [0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100A, 0x100B]
    assert rules.counts == {"aw": 1, "ar": 0, "w": 2, "b": 1, "r": 0}
    assert rules.most == {"read": 0, "write": 1}


def test_clean_reads_in_order_of_their_ids():
    cycles = [{"ar": address(id=1)}, {"ar": address(id=2, addr=0x2004, size=2, len=0)},
              {"r": {"id": 2, "last": 1}}, {"r": {"id": 1}}, {"r": {"id": 1, "last": 1}}]
    faults, _, read, rules = seen(cycles)
    assert (faults, rules.idle) == ([], True)
    assert read == [(0x1000, 8), (0x1008, 8), (0x2004, 4)]


def test_data_before_their_address():
    faults, written, _, rules = seen([WRITE[1], WRITE[2], WRITE[0], WRITE[3]])
    assert (faults, rules.idle, len(written)) == ([], True, 8)


def test_wrapping_burst():
    _, _, read, _ = seen([{"ar": address(addr=0x1010, len=3, burst=WRAP)}])
    assert [place for place, _ in read] == [0x1010, 0x1018, 0x1000, 0x1008]


def test_waiting_is_allowed():
    waiting = [{"aw": address(ready=0)}] * 3
    faults, _, _, rules = seen([*waiting, *WRITE], OURS)
    assert (faults, rules.counts["aw"]) == ([], 1)


def test_reset_forgets():
    faults, _, _, rules = seen([{"aw": address()}, {"w": {"ready": 0}}])
    rules.reset()
    rules.cycle(9, {})
    assert (faults, rules.idle) == ([], True)


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"len": 16}, "LEN must be at most 15, not 16"),
    ({"size": 4, "len": 0}, "SIZE must be at most 8 bytes, not 16"),
    ({"burst": 3}, "BURST must not be 3, which is reserved"),
    ({"cache": 0b0101}, "CACHE must not be 0b0101, which is reserved"),
    ({"addr": 0x1FF8}, "burst must not cross 4 KB, from 0x00001ff8 with 2 x 8 bytes"),
    ({"burst": WRAP, "len": 2}, "wrapping burst must be aligned, of 2, 4, 8 or 16 beats, not 3"),
    ({"lock": 1}, "LOCK must be 0"),
])  # fmt: skip
def test_addresses(fields, sentence):
    for channel in ("aw", "ar"):
        faults, *_ = seen([{channel: address(**fields)}])
        assert faults == [f"P {channel.upper()}: {sentence}, in cycle 0"]


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"id": 1}, "ID must be 0, not 1"),
    ({"cache": 0b0010}, "CACHE must be 0b0011, not 0b0010"),
    ({"burst": WRAP}, "burst must be INCR of whole words, not type 2 from 0x00001000"),
    ({"addr": 0x1004}, "burst must be INCR of whole words, not type 1 from 0x00001004"),
])  # fmt: skip
def test_addresses_of_our_own(fields, sentence):
    assert seen([{"ar": address(**fields)}])[0] == []
    assert seen([{"ar": address(**fields)}], OURS)[0] == [f"P AR: {sentence}, in cycle 0"]


@pytest.mark.parametrize(("cycles", "sentence"), [
    ([{"aw": address(ready=0)}, {}], "AW: VALID must not drop before the transfer, in cycle 1"),
    ([{"aw": address(ready=0)}, {"aw": address(addr=8)}],
     "AW: ADDR must be stable until the transfer, in cycle 1"),
    ([{"w": {"strb": 255}}], "W: data must not come before their address, in cycle 0"),
    ([WRITE[0], {"w": {"id": 1}}], "W: ID must be 0, as of the address, not 1, in cycle 1"),
    ([WRITE[0], WRITE[2]], "W: LAST must be 0 in beat 0 of 2, in cycle 1"),
    ([WRITE[0], WRITE[1], {"w": {}}], "W: LAST must be 1 in beat 1 of 2, in cycle 2"),
    ([*WRITE[:2], {"b": {}}], "B: response must answer a whole burst of ID 0, in cycle 2"),
    ([*WRITE[:3], {"b": {"resp": 1}}],
     "B: RESP must not be EXOKAY, as nothing is exclusive, in cycle 3"),
    ([{"r": {}}], "R: data must answer a burst of ID 0, in cycle 0"),
    ([{"ar": address(len=0)}, {"r": {}}], "R: LAST must be 1 in beat 0, in cycle 1"),
    ([{"ar": address()}] * 2, "AR: at most 1 bursts must be outstanding, not 2, in cycle 1"),
    ([*WRITE[:3], WRITE[0]], "AW: at most 1 bursts must be outstanding, not 2, in cycle 3"),
])  # fmt: skip
def test_broken(cycles, sentence):
    assert f"P {sentence}" in seen(cycles, OURS)[0]


def test_strobes_of_a_narrow_transfer():
    cycles = [{"aw": address(addr=0x1004, size=2, len=0)}, {"w": {"strb": 0x18, "last": 1}}]
    faults, written, *_ = seen(cycles)
    assert faults == ["P W: STRB must be 0 outside the transfer's bytes, not 3, in cycle 1"]
    assert written == [0x1004]
