"""Small random networks of convolutions, pools and branches, with integer activations."""

import numpy as np

from generators.finn import limits
from generators.network import check, graph
from generators.network.error import ModelError
from sim.golden.formats import integer

WEIGHTS = ("bipolar", "ternary", "int3")
ACTIVATIONS = ("bipolar", "ternary", "uint2", "int3")


class _Builder:
    """Layers so far, each with the shape and type of its output."""

    def __init__(self, rng: np.random.Generator, shape, kind: str) -> None:
        self.rng, self.layers = rng, []
        self.tensors = {"input": (tuple(shape), kind)}
        self.input = graph.Input(shape=tuple(shape), type=kind)

    def add(self, layer) -> str:
        self.layers.append(layer)
        network = graph.Network(
            bitloom=1, name="maps", input=self.input, layers=tuple(self.layers)
        )
        tensor = check.infer(network)[layer.name]
        self.tensors[layer.name] = (tensor.shape, tensor.type.name)
        return layer.name

    def name(self) -> str:
        return f"n{len(self.layers)}"

    def values(self, kind: str, shape) -> np.ndarray:
        form = integer.parse(kind)
        steps = self.rng.integers(0, (form.high - form.low) // form.step + 1, shape)
        return form.low + form.step * steps

    def activation(self, channels: int, spread: float, kind: str | None = None):
        form = integer.parse(kind or str(self.rng.choice(ACTIVATIONS)))
        levels = (form.high - form.low) // form.step
        thresholds = np.sort(self.rng.normal(0, spread, (channels, levels)).astype(int), axis=1)
        return form.name, thresholds

    def conv(self, source: str, kind: str | None = None, *, stride=None, same=False) -> str:
        rng, ((height, width, channels), form) = self.rng, self.tensors[source]
        kernel = tuple(int(min(rng.integers(1, 4), n)) for n in (height, width))
        padding, dilation = (0, 0, 0, 0), (1, 1)
        if same:
            kernel, padding, stride = (3, 3), (1, 1, 1, 1), (1, 1)
        elif rng.random() < 0.4:
            padding = tuple(int(n) for n in rng.integers(0, 3, 4))
        elif rng.random() < 0.3:
            dilation = tuple(2 if 2 * (k - 1) < n else 1 for k, n in zip(kernel, (height, width)))
        if stride is None:
            stride = tuple(int(n) for n in rng.integers(1, 3, 2))
        choices = [g for g in (1, 2, channels) if channels % g == 0]
        groups = int(rng.choice(choices)) if not same else 1
        outputs = groups * int(rng.integers(1, 4 if groups > 1 else 8))
        weights = str(rng.choice(WEIGHTS))
        shape = (outputs, *kernel, channels // groups)
        spread = 2 * np.sqrt(np.prod(shape[1:]))
        type_, thresholds = self.activation(outputs, spread, kind)
        return self.add(graph.Conv(
            name=self.name(), inputs=(source,), stride=stride, dilation=dilation,
            padding=padding, pad_value=-1 if form == "bipolar" else 0, groups=groups,
            weights=graph.Weights(type=weights, data=self.values(weights, shape)),
            activation=graph.Activation(type=type_, thresholds=thresholds),
        ))  # fmt: skip

    def pool(self, source: str) -> str:
        rng, ((height, width, _), form) = self.rng, self.tensors[source]
        if rng.random() < 0.3 and form != "bipolar":  # overlapping, padded
            kernel = tuple(min(3, n) for n in (height, width))
            padding = tuple(int(n) for n in rng.integers(0, 2, 4)) if min(kernel) > 1 else (0,) * 4
            stride = (1, 2)
        else:
            kernel, stride, padding = (min(2, height), min(2, width)), None, (0, 0, 0, 0)
        kind = graph.MaxPool if rng.random() < 0.6 else graph.SumPool
        pooled = self.add(kind(name=self.name(), inputs=(source,), kernel=kernel, stride=stride,
                               padding=padding))  # fmt: skip
        return pooled if kind is graph.MaxPool else self.threshold(pooled)

    def threshold(self, source: str, kind: str | None = None) -> str:
        shape, _ = self.tensors[source]
        channels = 1 if self.rng.random() < 0.3 else shape[-1]
        type_, thresholds = self.activation(channels, 3, kind)
        return self.add(graph.Threshold(name=self.name(), inputs=(source,), type=type_,
                                        thresholds=thresholds))  # fmt: skip

    def residual(self, source: str) -> str:
        inner = self.conv(source, "uint2", same=True)
        shape, _ = self.tensors[source]
        out = self.tensors[inner][0][-1]
        skip = source
        if out != shape[-1] or self.rng.random() < 0.5:
            data = self.values("int3", (out, 1, 1, shape[-1]))
            skip = self.add(graph.Conv(
                name=self.name(), inputs=(source,),
                weights=graph.Weights(type="int3", data=data),
                activation=graph.Activation(type="uint2",
                                            thresholds=self.activation(out, 3, "uint2")[1]),
            ))  # fmt: skip
        gains = [None, np.array([1, 2]), self.rng.integers(1, 4, (2, out))]
        added = self.add(graph.Add(name=self.name(), inputs=(inner, skip),
                                   gains=gains[self.rng.integers(3)]))  # fmt: skip
        return self.threshold(added)

    def concat(self, source: str) -> str:
        branches = [self.conv(source, same=True) for _ in range(2)]
        if self.rng.random() < 0.4:
            branches.append(source)
        return self.add(graph.Concat(name=self.name(), inputs=tuple(branches)))

    def upsample(self, source: str) -> str:
        factor = tuple(int(n) for n in self.rng.integers(1, 3, 2))
        return self.add(graph.Upsample(name=self.name(), inputs=(source,), factor=factor))

    def pad(self, source: str) -> str:
        value = -1 if self.tensors[source][1] == "bipolar" else 0
        return self.add(graph.Pad(name=self.name(), inputs=(source,), value=value,
                                  padding=tuple(int(n) for n in self.rng.integers(0, 3, 4))))


def random_network(rng: np.random.Generator) -> graph.Network:
    """Up to three steps on a small map, of all kinds, and perhaps a dense head."""
    while True:
        network = _random_network(rng)
        try:
            limits.refuse(network)
            return network
        except ModelError:  # windows that read nothing but padding
            continue


def _random_network(rng: np.random.Generator) -> graph.Network:
    shape = tuple(int(n) for n in (rng.integers(1, 8), rng.integers(3, 8), rng.integers(1, 5)))
    build = _Builder(rng, shape, str(rng.choice(["bipolar", "uint4", "int3"])))
    steps = [build.conv, build.conv, build.pool, build.residual, build.concat, build.upsample,
             build.pad, build.threshold]  # fmt: skip
    last = "input"
    for _ in range(int(rng.integers(1, 4))):
        last = steps[rng.integers(len(steps))](last)
    if rng.random() < 0.4:
        items = int(np.prod(build.tensors[last][0]))
        data = build.values("int3", (int(rng.integers(1, 6)), items))
        last = build.add(graph.Dense(name="head", inputs=(last,),
                                     weights=graph.Weights(type="int3", data=data)))
        if rng.random() < 0.5:
            build.add(graph.ArgMax(name="top", inputs=(last,)))
    network = graph.Network(
        bitloom=1, name="maps", input=build.input, layers=tuple(build.layers)
    )
    return check.check(network)
