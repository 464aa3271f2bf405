"""A memory behind AXI3 in the Amaranth simulator, with latency, pauses and faults."""

from collections import deque
from dataclasses import dataclass, field

from hdl.bus.axi import DECERR, OKAY

__all__ = ["DDR"]

PAGE = 4096
_CHANNELS = {
    "ar": ("addr", "len", "size", "burst", "cache", "id", "lock"),
    "aw": ("addr", "len", "size", "burst", "cache", "id", "lock"),
    "w": ("data", "strb", "last", "id"),
}


@dataclass
class DDR:
    """Answers what a manager asks, and asserts that the manager keeps AXI3's rules.

    ``words`` are the words a run may read, ``room`` the bytes it may write; all else is an error.
    Each channel pauses with probability ``stall`` by itself, a first beat and a response come at
    least ``latency`` cycles after what they answer. ``read_faults`` gives the response of the n-th
    beat of a run, ``write_faults`` of the n-th burst. Data without its address is an error, too.
    """

    bus: object
    rng: object
    stall: float = 0.0
    latency: int = 4
    outstanding: int = 8
    content: dict = field(default_factory=dict)
    words: set = field(default_factory=set)
    room: range = range(0)
    read_faults: dict = field(default_factory=dict)
    write_faults: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = 0
        self.reset()

    def reset(self) -> None:
        """Forget what is under way."""
        self._reads, self._asked, self._unsure = deque(), deque(), deque()
        self._data, self._held, self._beats = deque(), {}, 0
        self.new_run()

    def new_run(self) -> None:
        """Count anew what faults refer to."""
        self.read_beats = self.write_bursts = 0
        self.first_ask = self.last_answer = None
        self.muted = 0

    @property
    def idle(self) -> bool:
        return not (self._reads or self._asked or self._unsure or self._data or self._held)

    def _pauses(self) -> bool:
        return bool(self.stall) and self.rng.random() < self.stall

    def before(self, ctx) -> None:
        """Drive the channels, before the clock's edge."""
        bus = self.bus
        self._ready = {channel: not self._pauses() for channel in ("ar", "aw", "w")}
        for channel, ready in self._ready.items():
            ctx.set(getattr(bus, f"{channel}ready"), ready)
        reads, unsure = self._reads, self._unsure
        self._gives = bool(reads) and reads[0][0] <= self.now and not self._pauses()
        if self._gives:
            _, address, last = reads[0]
            word = sum(self.content.get(address + k, 0) << 8 * k for k in range(8))
            ctx.set(bus.rdata, word)
            ctx.set(bus.rlast, last)
            ctx.set(bus.rresp, self.read_faults.get(self.read_beats, OKAY))
        ctx.set(bus.rvalid, self._gives)
        self._answers = bool(unsure) and unsure[0][0] <= self.now and not self._pauses()
        if self._answers:
            ctx.set(bus.bresp, unsure[0][1])
        ctx.set(bus.bvalid, self._answers)

    def after(self, value) -> None:
        """Look at the edge; value gives what the manager drove there."""
        if self._gives:
            assert value("rready"), "R must always be taken"
            self._reads.popleft()
            self.read_beats += 1
        if self._answers:
            assert value("bready"), "B must always be taken"
            self._unsure.popleft()
            self.last_answer = self.now
        taken = {channel: self._look(channel, value) for channel in ("ar", "aw", "w")}
        if taken["ar"]:
            self._ask(taken["ar"])
        if taken["aw"]:
            self._asked.append(self._burst(taken["aw"]))
            assert len(self._asked) + len(self._unsure) <= self.outstanding
        if taken["w"]:
            assert self._asked or value("awvalid"), "Data must not come before their address"
            self._data.append(taken["w"])
        while self._data and self._asked:
            self._write(self._data.popleft())
        self.now += 1

    def _look(self, channel: str, value):
        """A payload that is taken; until then it must stay as it is."""
        held = self._held.pop(channel, None)
        if not value(f"{channel}valid"):
            assert held is None, f"{channel} must stay valid until it is taken"
            return None
        payload = {name: value(f"{channel}{name}") for name in _CHANNELS[channel]}
        if channel == "w":  # of a byte that is not written anything may be offered
            payload["data"] &= sum(0xFF << 8 * k for k in range(8) if payload["strb"] >> k & 1)
        assert held in (None, payload), f"{channel} must be stable until it is taken"
        if channel == "ar" and self.first_ask is None:
            self.first_ask = self.now
        if self._ready[channel]:
            return payload
        self._held[channel] = payload
        return None

    def _burst(self, ask) -> range:
        """The bytes of a burst."""
        size, begin = 8 * (ask["len"] + 1), ask["addr"]
        assert (ask["size"], ask["burst"], ask["cache"], ask["id"], ask["lock"]) == (3, 1, 3, 0, 0)
        assert begin % 8 == 0
        assert begin // PAGE == (begin + size - 1) // PAGE, "Bursts must not cross 4 KB"
        return range(begin, begin + size, 8)

    def _ask(self, ask) -> None:
        begin = max(self.now + self.latency, self._reads[-1][0] if self._reads else 0)
        burst = self._burst(ask)
        assert self.words.issuperset(burst), "Only the input must be read"
        self._reads.extend((begin, address, address == burst[-1]) for address in burst)
        assert sum(last for _, _, last in self._reads) <= self.outstanding

    def _write(self, beat) -> None:
        burst = self._asked[0]
        place = burst[self._beats]
        self._beats += 1
        assert beat["id"] == 0
        assert beat["last"] == (self._beats == len(burst))
        for byte in range(8):
            if beat["strb"] >> byte & 1:
                assert place + byte in self.room, "Only the room for results must be written"
                self.content[place + byte] = beat["data"] >> 8 * byte & 0xFF
        self.muted += beat["strb"] == 0
        if beat["last"]:
            self._asked.popleft()
            self._beats = 0
            response = self.write_faults.get(self.write_bursts, OKAY)
            self.write_bursts += 1
            self._unsure.append((self.now + self.latency, response))

    def fail(self, way: str, index: int, response: int = DECERR) -> None:
        """Answer the n-th beat (read) or burst (write) of the next run so."""
        getattr(self, f"{way}_faults")[index] = response
