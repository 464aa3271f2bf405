"""Run the testbenches of the tests on compiled mutants instead of Amaranth's simulator."""

from collections.abc import Callable
from contextlib import contextmanager

from amaranth.hdl import ClockDomain, Const, Module, ShapeCastable, Signal, Value, ValueCastable
from amaranth.lib import wiring
from amaranth.sim import Simulator
from amaranth.sim._pyeval import eval_assign, eval_value

__all__ = ["Hang", "Unsupported", "component", "replaced"]


class Unsupported(Exception):
    """A testbench does what this stand-in for the simulator cannot."""


class Hang(Exception):
    """A testbench goes on for many times as long as on the circuit, or a mutant never settles."""


def component(top) -> tuple[wiring.Component, Signal | None]:
    """The circuit that is given to a simulator, alone or in a module, and its reset."""
    top._MustUse__used = True  # or Amaranth warns of a circuit that is never elaborated
    if isinstance(top, wiring.Component):
        return top, None
    if isinstance(top, Module):
        parts = [*top._named_submodules.values(), *top._anon_submodules]
        parts = [part[0] if isinstance(part, tuple) else part for part in parts]
        if len(parts) == 1 and isinstance(parts[0], wiring.Component):
            parts[0]._MustUse__used = True
            domain = top._domains.get("sync")
            return parts[0], domain.rst if isinstance(domain, ClockDomain) else None
    raise Unsupported(f"A simulation of {top!r}, which is no component in a module")


@contextmanager
def replaced(begin: Callable):
    """Every simulation that starts meanwhile is ``begin(circuit, reset)``: a bench's state.

    What begin returns has ``wires`` (the words of the ports), ``place`` (of a signal: word, width,
    whether signed, whether an input), ``settle()``, ``edge()``, ``end()`` and ``limit`` (edges).
    """
    kept = {name: getattr(Simulator, name)
            for name in ("__init__", "add_clock", "add_testbench", "run")}  # fmt: skip

    def start(self, toplevel, **_):
        self._stand_in, self._benches = begin(*component(toplevel)), []

    def run(self):
        try:
            _run(self._stand_in, self._benches)
        finally:
            self._stand_in.end()

    Simulator.__init__ = start
    Simulator.add_clock = lambda self, *_, **__: None
    Simulator.add_testbench = lambda self, bench: self._benches.append(bench)
    Simulator.run = run
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(Simulator, name, value)


def _run(state, benches) -> None:
    """All testbenches to their ends, one after the other between two edges of the clock."""
    context = _Context(state)
    tasks = [bench(context) for bench in benches]
    waiting = [(task, task.send) for task in tasks]
    pending, results = waiting, dict.fromkeys(map(id, tasks))
    for _ in range(state.limit):
        going = []
        for task, send in pending:
            try:
                going.append(((task, send), send(results[id(task)])))
            except StopIteration:
                continue
        if not going:
            return
        context.settled()
        results = {id(task): (True, False, *map(context.get, wanted))
                   for (task, _), wanted in going}  # fmt: skip
        state.edge()
        context.stale = True
        pending = [entry for entry, _ in going]
    for task, _ in pending:
        task.close()
    raise Hang(f"No end after {state.limit} cycles")


class _Tick:
    """What ``ctx.tick()`` gives: awaited, it hands the wanted values to the loop."""

    def __init__(self, wanted=()) -> None:
        self._wanted = wanted

    def sample(self, *wanted) -> "_Tick":
        return _Tick((*self._wanted, *wanted))

    def __await__(self):
        return (yield self._wanted)

    async def until(self, condition):
        while True:
            *values, done = (await self.sample(condition))[2:]
            if done:
                return values

    async def repeat(self, count):
        values = ()
        for _ in range(count):
            values = (await self)[2:]
        return values


class _Context:
    """The part of Amaranth's testbench context that our tests use."""

    def __init__(self, state) -> None:
        self._state, self._known, self.stale = state, {}, True

    def tick(self, domain="sync") -> _Tick:
        if domain != "sync":
            raise Unsupported(f"A clock domain {domain!r}")
        return _Tick()

    async def delay(self, seconds) -> None:
        self.settled()

    def settled(self) -> None:
        """The outputs are those of the inputs."""
        if self.stale:
            self._state.settle()
            self.stale = False

    def get(self, expr):
        self.settled()
        value = self._value(expr)
        found = self._read(value) if type(value) is Signal else eval_value(_Slots(self), value)
        shape = expr.shape() if isinstance(expr, ValueCastable) else None
        return shape.from_bits(found) if isinstance(shape, ShapeCastable) else found

    def set(self, expr, value) -> None:
        if isinstance(expr, ValueCastable):
            shape = expr.shape()
            if isinstance(shape, ShapeCastable):
                value = shape.const(value)
        number = value if type(value) is int else Const.cast(value).value
        target = self._value(expr)
        if type(target) is Signal:
            self.write(target, number)
        else:
            eval_assign(_Slots(self), target, number)

    def _value(self, expr) -> Value:
        if type(expr) is Signal:
            return expr
        found = self._known.get(id(expr))
        if found is None:  # the expression is kept, so that its id stays its own
            found = self._known[id(expr)] = expr, Value.cast(expr)
        return found[1]

    def read(self, signal: Signal) -> int:
        self.settled()
        return self._read(signal)

    def _read(self, signal: Signal) -> int:
        word, width, signed, _ = self._state.place(signal)
        wires = self._state.wires
        found = wires[word]
        for k in range(1, -(-width // 64)):
            found |= wires[word + k] << 64 * k
        return found - (1 << width) if signed and found >> width - 1 else found

    def write(self, signal: Signal, number: int) -> None:
        word, width, _, drives = self._state.place(signal)
        if not drives:
            raise Unsupported(f"A testbench that drives the output {signal.name}")
        number &= (1 << width) - 1
        for k in range(-(-width // 64)):
            self._state.wires[word + k] = number >> 64 * k & 0xFFFF_FFFF_FFFF_FFFF
        self.stale = True


class _Slots:
    """What Amaranth's evaluation of expressions asks: signals as slots of their own."""

    def __init__(self, context: _Context) -> None:
        self.slots = self
        self._context = context

    @staticmethod
    def get_signal(signal: Signal) -> Signal:
        return signal

    def __getitem__(self, signal: Signal) -> "_Slot":
        return _Slot(self._context, signal)


class _Slot:
    is_comb = False

    def __init__(self, context: _Context, signal: Signal) -> None:
        self._context, self._signal = context, signal

    @property
    def curr(self) -> int:
        return self._context.read(self._signal)

    next = curr

    def update(self, number: int) -> None:
        self._context.write(self._signal, number)
