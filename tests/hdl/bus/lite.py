"""A manager of AXI4-Lite in the Amaranth simulator."""

from dataclasses import dataclass, field

__all__ = ["Manager"]


@dataclass
class Manager:
    """Does the accesses it is given, those of each way in their order; pauses at random.

    ``writes`` holds (address, data, strobes), ``reads`` addresses; ``answers`` gets the response of
    each write, ``values`` (value, response) of each read. Every channel pauses with probability
    ``stall`` by itself, so that data comes before or behind its address. Asserts that a response
    stays until it is taken, and that none comes which nobody waits for.
    """

    bus: object
    rng: object
    stall: float = 0.0
    writes: list = field(default_factory=list)
    reads: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    values: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sent = {"aw": 0, "w": 0, "ar": 0}
        self._offered = dict.fromkeys(self._sent, False)
        self._held: dict = {"b": None, "r": None}

    @property
    def busy(self) -> bool:
        return len(self.answers) < len(self.writes) or len(self.values) < len(self.reads)

    def _pauses(self) -> bool:
        return bool(self.stall) and self.rng.random() < self.stall

    def _offer(self, ctx) -> None:
        bus, queues = self.bus, {"aw": self.writes, "w": self.writes, "ar": self.reads}
        for channel, queue in queues.items():
            sent = self._sent[channel]
            if not self._offered[channel] and sent < len(queue):
                self._offered[channel] = not self._pauses()
            ctx.set(getattr(bus, f"{channel}valid"), self._offered[channel])
            item = queue[sent] if self._offered[channel] else None
            noise = int(self.rng.integers(1 << 32))
            if channel == "w":
                ctx.set(bus.wdata, noise if item is None else item[1])
                ctx.set(bus.wstrb, noise & 15 if item is None else item[2])
            else:
                address = item if channel == "ar" or item is None else item[0]
                port = getattr(bus, f"{channel}addr")
                ctx.set(port, (noise if address is None else address) & (1 << len(port)) - 1)

    def before(self, ctx) -> None:
        """Drive the channels, before the clock's edge."""
        self._offer(ctx)
        for channel in "br":
            ctx.set(getattr(self.bus, f"{channel}ready"), not self._pauses())

    def after(self, sample) -> None:
        """Look at what the edge took; sample gives a member's value at the edge."""
        for channel in ("aw", "w", "ar"):
            if self._offered[channel] and sample(f"{channel}ready"):
                self._sent[channel] += 1
                self._offered[channel] = False
        responses = {"b": sample("bresp"), "r": (sample("rdata"), sample("rresp"))}
        for channel, results in (("b", self.answers), ("r", self.values)):
            valid, response = sample(f"{channel}valid"), responses[channel]
            if self._held[channel] is not None:
                assert valid and response == self._held[channel]
            taken = valid and sample(f"{channel}ready")
            self._held[channel] = response if valid and not taken else None
            if taken:
                results.append(response)
                asked = ("ar",) if channel == "r" else ("aw", "w")
                requests = min(self._sent[name] for name in asked)
                assert len(results) <= requests, "A response must have a request"

    async def step(self, ctx) -> None:
        """One cycle, where nothing else is to be driven."""
        self.before(ctx)
        names = ("awready", "wready", "arready", "bresp", "bvalid", "bready", "rdata", "rresp",
                 "rvalid", "rready")  # fmt: skip
        sampled = await ctx.tick().sample(*(getattr(self.bus, name) for name in names))
        values = dict(zip(names, sampled[-len(names) :], strict=True))
        self.after(values.__getitem__)

    async def finish(self, ctx, limit: int = 1000) -> int:
        """Until all is answered; returns the cycles that took."""
        for cycle in range(limit):
            if not self.busy:
                return cycle
            await self.step(ctx)
        raise TimeoutError(f"Accesses must end within {limit} cycles")
