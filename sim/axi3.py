"""The rules of AXI3, watched on the five channels of a port, cycle by cycle.

Source: AMBA AXI and ACE Protocol Specification, ARM IHI 0022D, part A (AXI3).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["CHANNELS", "LAYOUT", "Address", "Burst", "Limits", "Rules"]

CHANNELS = ("aw", "ar", "w", "b", "r")

LAYOUT = {
    "aw": (("valid", 1), ("ready", 1), ("id", 12), ("addr", 32), ("len", 8), ("size", 3),
           ("burst", 2), ("lock", 1), ("cache", 4), ("prot", 3)),
    "w": (("valid", 1), ("ready", 1), ("id", 12), ("last", 1), ("strb", 8), ("data", 64)),
    "b": (("valid", 1), ("ready", 1), ("id", 12), ("resp", 2)),
    "r": (("valid", 1), ("ready", 1), ("id", 12), ("last", 1), ("resp", 2), ("data", 64)),
}  # fmt: skip
"""Fields of a channel's vector in ps7.v, highest first."""
LAYOUT["ar"] = LAYOUT["aw"]

FIXED, INCR, WRAP = 0, 1, 2
RESPONSES = ("OKAY", "EXOKAY", "SLVERR", "DECERR")
PAGE = 4096  # that no burst may leave
MODIFIABLE, ALLOCATE = 0b0010, 0b1100  # bits of AxCACHE


class Address(NamedTuple):
    """What AW or AR carry."""

    id: int
    addr: int
    len: int
    size: int
    burst: int
    lock: int
    cache: int
    prot: int


@dataclass
class Burst:
    """A burst under way; ``number`` counts those of its direction from 0."""

    address: Address
    number: int
    beats: int = 0  # transferred

    def beat(self, index: int) -> int:
        """Address of a beat, aligned to its size but for the first."""
        first, size = self.address.addr, 1 << self.address.size
        if self.address.burst == FIXED or not index:
            return first
        place = (first & -size) + index * size
        if self.address.burst == WRAP:
            span = size * (self.address.len + 1)
            place = (first & -span) + place % span
        return place


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a port keeps to beyond AXI3; None and False are AXI3's own freedom.

    ``early`` says that write data may come before their address.
    """

    bytes: int = 8
    id: int | None = None
    cache: int | None = None
    only_incr: bool = False
    outstanding: int | None = None
    early: bool = True


@dataclass
class Rules:
    """Watches one port: :meth:`cycle` with the channels' vectors before each clock edge.

    Parameters
    ----------
    name : str
        Of the port, in the sentences.
    limits : Limits
    fault : function(str)
        Is told of each broken rule in a sentence.
    written, read : function(address, size)
        Are told of the bytes that a transfer reads or writes (strobes that are 1).
    """

    name: str
    limits: Limits
    fault: Callable[[str], None]
    written: Callable[[int, int], None] = lambda address, size: None
    read: Callable[[int, int], None] = lambda address, size: None
    now: int = 0
    writes: deque[Burst] = field(default_factory=deque)  # without all of their data
    early: deque[list[tuple]] = field(default_factory=deque)  # data before their address
    unanswered: deque[Burst] = field(default_factory=deque)  # data complete
    reads: deque[Burst] = field(default_factory=deque)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    most: dict[str, int] = field(default_factory=lambda: {"read": 0, "write": 0})
    _held: dict[str, int | None] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget what is under way."""
        for queue in (self.writes, self.early, self.unanswered, self.reads):
            queue.clear()
        self._held.clear()

    @property
    def idle(self) -> bool:
        """Whether no burst is under way and nothing is offered."""
        return not (self.writes or self.early or self.unanswered or self.reads or self._held)

    @property
    def waiting(self) -> bool:
        """Whether something is offered that was not taken."""
        return bool(self._held)

    def cycle(self, now: int, vectors: dict[str, int]) -> None:
        """The channels whose valid is 1, right before a clock edge; others are left out."""
        self.now = now
        if self._held:
            for channel in [c for c in self._held if c not in vectors]:
                del self._held[channel]
                self._broken(channel, "VALID must not drop before the transfer")
        # A burst may be answered no sooner than its transfers, so those of this cycle come last.
        for channel in ("b", "r", "aw", "ar", "w"):
            if channel in vectors:
                self._watch(channel, vectors[channel])

    def _watch(self, channel: str, vector: int) -> None:
        fields = {}
        for name, width in reversed(LAYOUT[channel]):
            fields[name] = vector & ((1 << width) - 1)
            vector >>= width
        ready = fields.pop("ready")
        held = self._held.pop(channel, None)
        if held is None:
            if channel in ("aw", "ar"):
                self._address(channel, Address(*(fields[name] for name in Address._fields)))
        elif held != fields:
            name = next(name for name in fields if fields[name] != held[name])
            self._broken(channel, f"{name.upper()} must be stable until the transfer")
        if channel == "w" and held is None:
            self._offered()
        if not ready:
            self._held[channel] = fields
            return
        self.counts[channel] += 1
        getattr(self, f"_take_{channel}")(fields)

    def _address(self, channel: str, a: Address) -> None:
        """The rules of a burst, when its address is first offered."""
        limits, size, beats = self.limits, 1 << a.size, a.len + 1
        rules = [
            (a.len <= 15, f"LEN must be at most 15, not {a.len}"),
            (size <= limits.bytes, f"SIZE must be at most {limits.bytes} bytes, not {size}"),
            (a.burst != 3, "BURST must not be 3, which is reserved"),
            (a.cache & MODIFIABLE or not a.cache & ALLOCATE,
             f"CACHE must not be {a.cache:#06b}, which is reserved"),
            (a.burst != INCR or (a.addr & -size) % PAGE + size * beats <= PAGE,
             f"burst must not cross 4 KB, from {a.addr:#010x} with {beats} x {size} bytes"),
            (a.burst != WRAP or (beats in (2, 4, 8, 16) and a.addr % size == 0),
             f"wrapping burst must be aligned, of 2, 4, 8 or 16 beats, not {beats}"),
            (limits.id in (None, a.id), f"ID must be {limits.id}, not {a.id}"),
            (limits.cache in (None, a.cache),
             f"CACHE must be {limits.cache or 0:#06b}, not {a.cache:#06b}"),
            (not limits.only_incr or (a.burst == INCR and size == limits.bytes
                                      and a.addr % size == 0),
             f"burst must be INCR of whole words, not type {a.burst} from {a.addr:#010x}"),
            (a.lock == 0, "LOCK must be 0"),
        ]  # fmt: skip
        for kept, what in rules:
            if not kept:
                self._broken(channel, what)

    def _offered(self) -> None:
        """A write beat, when it is first offered."""
        if not self.writes and "aw" not in self._held and not self.limits.early:
            self._broken("w", "data must not come before their address")

    def _take_aw(self, fields: dict) -> None:
        address = Address(*(fields[name] for name in Address._fields))
        self.writes.append(Burst(address, self.counts["aw"] - 1))
        self._outstanding("write", len(self.writes) + len(self.unanswered))
        while self.early and self.writes:
            self._beat(self.early.popleft())

    def _take_ar(self, fields: dict) -> None:
        address = Address(*(fields[name] for name in Address._fields))
        self.reads.append(Burst(address, self.counts["ar"] - 1))
        self._outstanding("read", len(self.reads))
        burst = self.reads[-1]
        for index in range(address.len + 1):
            self.read(burst.beat(index), 1 << address.size)

    def _take_w(self, fields: dict) -> None:
        if self.early or not self.writes:
            self.early.append(fields)
        else:
            self._beat(fields)

    def _beat(self, fields: dict) -> None:
        """A write beat of the oldest burst that wants one."""
        burst = self.writes[0]
        address, index = burst.address, burst.beats
        burst.beats += 1
        if fields["id"] != address.id:
            self._broken("w", f"ID must be {address.id}, as of the address, not {fields['id']}")
        last = index == address.len
        if fields["last"] != last:
            self._broken("w", f"LAST must be {int(last)} in beat {index} of {address.len + 1}")
        place = burst.beat(index)
        base, end = place & -self.limits.bytes, (place & -(1 << address.size)) + (1 << address.size)
        lanes = [lane for lane in range(8) if fields["strb"] >> lane & 1]
        for lane in lanes:
            if place <= base + lane < end:
                self.written(base + lane, 1)
            else:
                self._broken("w", f"STRB must be 0 outside the transfer's bytes, not {lane}")
        if last:
            self.unanswered.append(self.writes.popleft())

    def _take_b(self, fields: dict) -> None:
        burst = next((one for one in self.unanswered if one.address.id == fields["id"]), None)
        if burst is None:
            self._broken("b", f"response must answer a whole burst of ID {fields['id']}")
        else:
            self.unanswered.remove(burst)
        self._response("b", fields)

    def _take_r(self, fields: dict) -> None:
        burst = next((one for one in self.reads if one.address.id == fields["id"]), None)
        if burst is None:
            self._broken("r", f"data must answer a burst of ID {fields['id']}")
            return
        last = burst.beats == burst.address.len
        if fields["last"] != last:
            self._broken("r", f"LAST must be {int(last)} in beat {burst.beats}")
        burst.beats += 1
        if last:
            self.reads.remove(burst)
        self._response("r", fields)

    def _response(self, channel: str, fields: dict) -> None:
        if fields["resp"] == RESPONSES.index("EXOKAY"):
            self._broken(channel, "RESP must not be EXOKAY, as nothing is exclusive")

    def _outstanding(self, kind: str, count: int) -> None:
        self.most[kind] = max(self.most[kind], count)
        if self.limits.outstanding is not None and count > self.limits.outstanding:
            channel = "aw" if kind == "write" else "ar"
            most = f"{self.limits.outstanding} bursts must be outstanding, not {count}"
            self._broken(channel, f"at most {most}")

    def _broken(self, channel: str, what: str) -> None:
        self.fault(f"{self.name} {channel.upper()}: {what}, in cycle {self.now}")
