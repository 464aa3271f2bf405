"""Small random networks, and a run of their RTL in Amaranth's simulator."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from amaranth.sim import Simulator
from msgspec.structs import replace

from boards import devices
from generators import passes
from generators.emit import manifest
from generators.finn import datapath, fold, linear, lower_mvtu, plan
from generators.finn.assemble import Top
from generators.finn.part import Choice
from generators.network import check, graph, run
from generators.network.error import ModelError
from sim.golden.formats import integer
from sim.manifest import Port
from tests.networks import predicted

WEIGHTS = ("bipolar", "ternary", "int3", "int4")
ACTIVATIONS = ("bipolar", "ternary", "uint2", "int3", "uint3")


def random_network(rng: np.random.Generator) -> graph.Network:
    """A chain of up to three dense layers, of random types, with extremes among the thresholds."""
    type_ = str(rng.choice(["bipolar", "uint8", "int4", "ternary"]))
    inputs = features = int(rng.integers(1, 24))
    layers, source = [], "input"
    if type_ == "uint8":
        layers.append(_threshold(rng, source))
        source = "quant"
    for number in range(int(rng.integers(1, 4))):
        rows = int(rng.integers(1, 20))
        layers.append(_dense(rng, f"fc{number}", source, rows, features))
        source, features = f"fc{number}", rows
    last = layers[-1]
    if rng.random() < 0.5:
        layers[-1] = replace(last, activation=None)
        if rng.random() < 0.5:
            layers.append(graph.ArgMax(name="argmax", inputs=(last.name,)))
    network = graph.Network(
        bitloom=1,
        name="random",
        input=graph.Input(shape=(inputs,), type=type_),
        layers=tuple(layers),
    )
    return check.check(network)


def _threshold(rng, source: str) -> graph.Threshold:
    form = integer.parse(str(rng.choice(["bipolar", "ternary", "uint2"])))
    thresholds = np.sort(rng.integers(0, 257, (1, (form.high - form.low) // form.step)), axis=1)
    return graph.Threshold(name="quant", inputs=(source,), type=form.name, thresholds=thresholds)


def _dense(rng, name: str, source: str, rows: int, cols: int) -> graph.Dense:
    weights = integer.parse(str(rng.choice(WEIGHTS)))
    steps = rng.integers(0, (weights.high - weights.low) // weights.step + 1, (rows, cols))
    data = weights.low + weights.step * steps
    form = integer.parse(str(rng.choice(ACTIVATIONS)))
    levels = (form.high - form.low) // form.step
    thresholds = np.sort(rng.normal(0, 3 * np.sqrt(cols), (rows, levels)).astype(int), axis=1)
    thresholds[0] = rng.choice([-(1 << 20), 1 << 20])  # a constant neuron
    bias = rng.integers(-5, 6, rows) if rng.random() < 0.3 else None
    return graph.Dense(
        name=name,
        inputs=(source,),
        weights=graph.Weights(type=weights.name, data=data),
        bias=bias,
        activation=graph.Activation(type=form.name, thresholds=thresholds),
    )


def random_plan(
    rng: np.random.Generator, network: graph.Network, frames: tuple[int, ...] = (1,),
    datapaths: tuple[str, ...] = (),
) -> plan.Plan:
    """A streamlined network, each layer folded at random, lanes dividing the matrix or not.

    Of ``frames``, as many share fetches of weights as a layer can have; of ``datapaths`` it has
    one that multiplies its numbers.
    """
    folds = {}
    for layer in linear.linear_layers(network):
        matrix = linear.matrix(network, layer)
        pe, simd = int(rng.integers(1, matrix.rows + 1)), int(rng.integers(1, matrix.cols + 1))
        if matrix.windowed or matrix.groups > 1:
            pes, simds = fold.pes(matrix), fold.simds(matrix)
            pe, simd = int(rng.choice(pes)), int(rng.choice(simds))
        found = lower_mvtu.fold(network, layer.name, Choice(pe, simd, "lut", "mvtu"))
        suited = [name for name in datapaths if multiplies(name, found.mvtu, layer, matrix)]
        name = str(rng.choice(suited)) if suited else None
        one = found.mvtu.interval == 1
        storage = "const" if one and not name else str(rng.choice(["lut", "bram"]))
        shared = [n for n in frames if n == 1 or may_share(matrix, n)]
        shared = [1] if name == "planes" else shared
        count = int(rng.choice(shared)) if len(shared) > 1 else shared[0]
        folds[layer.name] = graph.Fold(pe=pe, simd=simd, frames=count, storage=storage,
                                       datapath=name)  # fmt: skip
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, folds=folds)
    return plan.plan(network, wish)


def unrolled_plan(network: graph.Network) -> plan.Plan:
    """A streamlined network of dense layers, all of constants: a frame a cycle."""
    folds = {}
    for layer in linear.linear_layers(network):
        found = linear.matrix(network, layer)
        folds[layer.name] = graph.Fold(pe=found.rows, simd=found.cols, storage="const")
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, folds=folds)
    return plan.plan(network, wish)


def multiplies(name: str, config, layer, matrix: linear.Matrix) -> bool:
    """Whether a datapath multiplies a layer's numbers."""
    try:
        return bool(datapath.possible(name, config, layer, matrix, "here"))
    except ModelError:
        return False


def may_share(matrix: linear.Matrix, frames: int) -> bool:
    """Whether so many vectors of a layer may share a fetch of its weights."""
    return matrix.groups == 1 and (matrix.dense or matrix.vectors % frames == 0)


@dataclass(frozen=True)
class Result:
    """Frames out, and the cycle of each frame's first input beat and last output beat."""

    outputs: np.ndarray
    first: np.ndarray
    last: np.ndarray


def ports(planned: plan.Plan) -> tuple[Port, Port]:
    """The packing of both edges, as the simulation reads it from the manifest."""
    return tuple(map(as_port, manifest.ports(planned.network, planned.edges)))


def as_port(described: dict) -> Port:
    """A port of the manifest as the simulation has it: its frame_bytes follow from the rest."""
    given = {name: value for name, value in described.items() if name != "frame_bytes"}
    return Port(**given | {"shape": tuple(given["shape"])})


def simulate(planned: plan.Plan, frames: np.ndarray, *, rng, stall: float = 0.0, longest: int = 1,
             loads=()) -> Result:  # fmt: skip
    """Stream frames back to back through the top component, after words on the load bus.

    Either side pauses with a probability of ``stall``, and stays so for up to ``longest`` cycles.

    Raises
    ------
    AssertionError
        If TLAST is wrong, or a stalled output changes.
    TimeoutError
        If outputs are missing at the deadline.
    """
    i_port, o_port = ports(planned)
    flat = frames.reshape(len(frames), -1)
    words = [int.from_bytes(bytes(beat), "little") for beat in i_port.pack(flat)]
    count = len(frames) * o_port.beats
    beats = max(1.0, 1 / (1 - stall)) * (len(words) + count)
    deadline = int(200 + 4 * beats + 4 * planned.latency + 4 * len(frames) * planned.cycles)
    top = Top(planned.edges[0], planned.parts, planned.edges[1])
    offers, takes = (_goes(rng, stall, longest) for _ in range(2))
    got, i_times, o_times = [], [], []

    async def bench(ctx):
        offered, held = False, None
        for address, word in loads:
            ctx.set(top.load_address, address)
            ctx.set(top.load_data, word)
            ctx.set(top.load_valid, 1)
            await ctx.tick()
        if loads:
            ctx.set(top.load_valid, 0)
            await ctx.tick().repeat(8)
        for cycle in range(deadline):
            if not offered and len(i_times) < len(words):
                offered = next(offers)
            if offered:
                ctx.set(top.s_axis_tdata, words[len(i_times)])
            ctx.set(top.s_axis_tvalid, offered)
            ctx.set(top.m_axis_tready, ready := next(takes))
            sampled = await ctx.tick().sample(
                top.s_axis_tready, top.m_axis_tvalid, top.m_axis_tdata, top.m_axis_tlast
            )
            accepted, valid, word, last = sampled[-4:]
            assert held is None or (valid and (word, last) == held)
            held = (word, last) if valid and not ready else None
            if offered and accepted:
                i_times.append(cycle)
                offered = False
            if valid and ready:
                assert bool(last) == (len(got) % o_port.beats == o_port.beats - 1)
                got.append(word)
                o_times.append(cycle)
            if len(got) == count:
                return
        raise TimeoutError(f"{len(got)} of {count} beats after {deadline} cycles")

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    size = o_port.width // 8
    data = np.frombuffer(b"".join(word.to_bytes(size, "little") for word in got), np.uint8)
    return Result(
        o_port.unpack(data.reshape(count, size)),
        np.array(i_times[:: i_port.beats]),
        np.array(o_times[o_port.beats - 1 :: o_port.beats]),
    )


def _goes(rng: np.random.Generator, stall: float, longest: int) -> Iterator[bool]:
    """Whether a side goes on, cycle by cycle."""
    while True:
        goes = not stall or bool(rng.random() >= stall)
        yield from itertools.repeat(goes, 1 if longest == 1 else int(rng.integers(1, longest + 1)))


def golden(network: graph.Network, frames: np.ndarray) -> np.ndarray:
    """What must come out."""
    return run.run(network, frames).reshape(len(frames), -1)


FRAMES = 6

MANY = 100
"""Frames, so that pauses fall where they seldom do."""

LONGEST = 40
"""Cycles of a pause, in which a small network fills up or runs dry."""


def check_random(
    network: graph.Network, rng: np.random.Generator, frames: tuple[int, ...] = (1,),
    datapaths: tuple[str, ...] = (),
) -> plan.Plan:
    """Streamline and fold a network at random; its RTL equals the golden model.

    Without stalls at the interval and latency that the plan promises. Returns the plan.
    """
    network = passes.streamline(network)
    return equals_golden(random_plan(rng, network, frames, datapaths), rng)


def equals_golden(planned: plan.Plan, rng: np.random.Generator) -> plan.Plan:
    """Of six random frames or three batches, the first and the last of extremes."""
    count = FRAMES if planned.batch == 1 else 3 * planned.batch
    frames = random_frames(planned.network, rng, count)
    rails = integer.parse(planned.network.input.type)
    frames[0], frames[-1] = rails.low, rails.high
    equal(planned, rng, frames, (0.4,))
    return planned


def random_frames(network: graph.Network, rng: np.random.Generator, count: int) -> np.ndarray:
    """Any inputs."""
    form = integer.parse(network.input.type)
    top = (form.high - form.low) // form.step
    return form.low + form.step * rng.integers(0, top + 1, (count, *network.input.shape))


def check_every_input(network: graph.Network, rng: np.random.Generator) -> None:
    """As :func:`check_random`, of all inputs, with pauses so long that whatever can wait waits."""
    planned = random_plan(rng, passes.streamline(network))
    frames = every_frame(planned.network, rng)
    equal(planned, rng, frames, (0.4, 0.8))
    paused = simulate(planned, frames, rng=rng, stall=0.5, longest=LONGEST).outputs
    np.testing.assert_array_equal(paused, golden(planned.network, frames))


def every_frame(network: graph.Network, rng: np.random.Generator) -> np.ndarray:
    """All inputs that there are, in any order; of few inputs several times."""
    form, shape = integer.parse(network.input.type), network.input.shape
    values = range(form.low, form.high + 1, form.step)
    frames = [*itertools.product(values, repeat=int(np.prod(shape)))]
    orders = [rng.permutation(frames) for _ in range(-(-MANY // len(frames)))]
    return np.concatenate(orders).reshape(-1, *shape)


def equal(planned: plan.Plan, rng: np.random.Generator, frames: np.ndarray, stalls) -> None:
    """A plan's RTL equals the golden model; without stalls at its interval and latency.

    Frames are back to back; of further runs ``stalls`` are the probabilities.
    """
    expected = golden(planned.network, frames)
    free = simulate(planned, frames, rng=rng)
    np.testing.assert_array_equal(free.outputs, expected)
    predicted.check_cycles(planned, planned.batch, free.first, free.last)
    predicted.check_sums(planned)
    for stall in stalls:
        stalled = simulate(planned, frames, rng=rng, stall=stall)
        np.testing.assert_array_equal(stalled.outputs, expected)
