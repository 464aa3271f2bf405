"""Random networks of every kind, made from choices, as descriptions."""

import math

import msgspec
import numpy as np

from generators.network import check, codings, graph, read, weight_formats
from generators.network.error import ModelError
from tests.fuzz import values
from tests.fuzz.choices import Choices

__all__ = ["document", "loaded"]

INPUTS = ("uint2", "bipolar", "ternary", "int2", "uint1", "int3", "uint4", "int5", "uint8", "int8")
ITEMS = 120
"""Elements of a map at most, so that a simulation is short."""


def loaded(made: dict, whole: bool = True) -> graph.Network:
    """The records of a document; checked, or only with shapes and types."""
    def array(kind, value):
        return value if isinstance(value, np.ndarray) else read.to_array(value)

    network = weight_formats.as_integers(msgspec.convert(made, graph.Network, dec_hook=array))
    if whole:
        return check.check(network)
    return codings.resolved(network, {layer.name: layer.name for layer in network.layers})


class Builder:
    """Layers so far, and what each emits; a step that cannot be is left out."""

    def __init__(self, choose: Choices) -> None:
        shape = [choose.number(1, 20)]
        if choose.number(0, 2):
            shape = [choose.pick((3, 1, 2, 4, 5, 6)), choose.pick((3, 1, 2, 4, 5, 6)),
                     choose.number(1, 5)]  # fmt: skip
        kind = choose.pick(INPUTS)
        self.document = {"bitloom": 1, "name": "fuzz", "input": {"shape": shape, "type": kind},
                         "layers": []}  # fmt: skip
        self.tensors = {"input": (tuple(shape), kind)}
        self.last = "input"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what the last layer emits."""
        return self.tensors[self.last][0]

    def add(self, op: str, inputs=None, **fields) -> bool:
        """Add a layer; returns whether it could be."""
        name = f"n{len(self.document['layers'])}"
        layer = {"name": name, "op": op, "inputs": list(inputs or [self.last])} | fields
        layers = [*self.document["layers"], layer]
        try:
            network = loaded(self.document | {"layers": layers}, whole=False)
            tensor = check.infer(network)[name]
        except ModelError:
            return False
        if tensor.items > ITEMS:
            return False
        self.document["layers"] = layers
        self.tensors[name] = (tensor.shape, tensor.type and tensor.type.name)
        self.last = name
        return True

    def sums(self, op: str, inputs=None, **fields) -> tuple[int, int] | None:
        """Lowest and highest sum of a layer that may be added, or None."""
        kept = len(self.document["layers"]), self.last
        there = self.add(op, inputs, **fields)
        kind = self.tensors[self.last][1] if there else None
        self._return(*kept)
        return None if kind is None else (values.form(kind).low, values.form(kind).high)

    def _return(self, count: int, last: str) -> None:
        """To so many layers, of which that was the last."""
        for layer in self.document["layers"][count:]:
            del self.tensors[layer["name"]]
        self.document["layers"], self.last = self.document["layers"][:count], last

    def linear(self, choose: Choices, op: str, shape, **fields) -> None:
        """A dense layer or convolution with weights, bias, and whatever stands behind sums."""
        x, w = choose.pick(values.FAMILIES)(choose) if choose.rarely() else (None, None)
        kept = len(self.document["layers"]), self.last
        if self.shape[-1] % codings.block_of(x) or shape[-1] % codings.block_of(w):
            return
        if x is not None and not self.add("encode", type=msgspec.to_builtins(x),
                                          right_shift=choose.number(-1, 4)):  # fmt: skip
            return
        if w is not None:
            made = {"type": msgspec.to_builtins(w), "data": values.codes(choose, w, shape).tolist()}
        else:
            made = values.weights(choose, shape)
        fields["weights"] = made
        if choose.rarely():
            fields["bias"] = choose.rng().integers(-9, 10, shape[0]).tolist()
        kind = self.tensors[self.last][1]
        if choose.rarely() and kind and kind != "bipolar":
            of = values.form(kind)
            fields["input_zero_point"] = zero = choose.number(of.low, of.high)
            if any(fields.get("padding", ())):
                fields["pad_value"] = zero
        ends = self.sums(op, **fields)
        if ends is None:
            self._return(*kept)  # without an encoder that no layer would read
            return
        style = choose.pick(("thresholds", "thresholds", "sums", "requantize"))
        if style == "thresholds":
            fields["activation"] = values.activation(choose, shape[0], *ends)
        elif style == "requantize":
            fields["activation"] = _requantize(choose, shape[0], *ends)
        self.add(op, **fields)

    def dense(self, choose: Choices) -> None:
        """Of any map or vector."""
        self.linear(choose, "dense", (choose.number(1, 12), math.prod(self.shape)))

    def conv(self, choose: Choices) -> None:
        """Strided, padded, dilated, in groups, with a kernel larger than the map, or not."""
        if len(self.shape) != 3:
            return
        height, width, channels = self.shape
        kernel = [choose.pick((1, 2, 3, size, size + 1)) for size in (height, width)]
        fields = {"stride": [choose.pick((1, 1, 2, 3, 4)) for _ in range(2)]}
        if choose.number(0, 1):
            fields["padding"] = [choose.number(0, 2) for _ in range(4)]
            fields["pad_value"] = -1 if self.tensors[self.last][1] == "bipolar" else 0
        elif choose.number(0, 1):
            fields["dilation"] = [choose.number(1, 2) for _ in range(2)]
        groups = choose.pick([n for n in (1, 1, channels, 2, 3) if channels % n == 0])
        rows = groups * choose.number(1, 3 if groups > 1 else 7)
        self.linear(choose, "conv", (rows, *kernel, channels // groups), groups=groups, **fields)

    def maxpool(self, choose: Choices) -> None:
        """Windows that overlap, or leave pixels out, or lie over the border."""
        self._pool(choose, "maxpool")

    def sumpool(self, choose: Choices) -> None:
        """Sums, and thresholds behind them or not."""
        if self._pool(choose, "sumpool") and choose.number(0, 2):
            self.threshold(choose)

    def mean(self, choose: Choices) -> None:
        """Means, quantized."""
        if choose.number(0, 2) == 2 and len(self.shape) == 3:
            made = self.add("globalavgpool")
        else:
            made = self._pool(choose, "avgpool")
        if made:
            self._quantized(choose)

    def _pool(self, choose: Choices, op: str) -> bool:
        if len(self.shape) != 3:
            return False
        kernel = [choose.pick((1, 2, 3)) for _ in range(2)]
        fields = {"kernel": kernel}
        if choose.number(0, 1):
            fields["stride"] = [choose.number(1, 4) for _ in range(2)]
        if choose.number(0, 1):
            fields["padding"] = [choose.number(0, kernel[k % 2] - 1) for k in range(4)]
        return self.add(op, **fields)

    def upsample(self, choose: Choices) -> None:
        """Of up to three times the size."""
        self.add("upsample", factor=[choose.number(1, 3) for _ in range(2)])

    def pad(self, choose: Choices) -> None:
        """A border of any width."""
        kind = self.tensors[self.last][1]
        value = choose.pick((0, -1, 1)) if kind != "bipolar" else choose.pick((-1, 1))
        self.add("pad", padding=[choose.number(0, 2) for _ in range(4)], value=value)

    def add_(self, choose: Choices) -> None:
        """The last and an earlier one of its shape, or itself."""
        alike = [name for name, (shape, _) in self.tensors.items() if shape == self.shape]
        self._join(choose, [self.last, choose.pick(alike[::-1])])

    def _join(self, choose: Choices, inputs: list[str]) -> None:
        fields = {}
        if choose.number(0, 1):
            fields["gains"] = [choose.pick((1, 2, 3, -1)) for _ in inputs]
        if self.add("add", inputs, **fields) and choose.number(0, 2):
            self.threshold(choose)

    def concat(self, choose: Choices) -> None:
        """The last and earlier ones of its size."""
        alike = [name for name, (shape, _) in self.tensors.items()
                 if len(shape) == len(self.shape) and shape[:-1] == self.shape[:-1]]  # fmt: skip
        others = [choose.pick(alike[::-1]) for _ in range(choose.number(1, 2))]
        self.add("concat", [self.last, *others])

    def residual(self, choose: Choices) -> None:
        """The map, and a convolution of it of the same shape, added."""
        source = self.last
        if len(self.shape) != 3:
            return
        channels = self.shape[2]
        size = choose.pick((3, 1))
        self.linear(choose, "conv", (channels, size, size, channels), padding=[size // 2] * 4,
                    pad_value=-1 if self.tensors[source][1] == "bipolar" else 0)
        if self.last != source and self.shape == self.tensors[source][0]:
            self._join(choose, [self.last, source])

    def threshold(self, choose: Choices) -> None:
        """An activation of its own."""
        kind = self.tensors[self.last][1]
        if kind is not None:
            of = values.form(kind)
            made = values.activation(choose, self.shape[-1], of.low, of.high)
            self.add("threshold", **{"thresholds": [[1]]} | made)

    def real(self, choose: Choices) -> None:
        """A scale or a batch norm, and a quantizer or a sign."""
        rng, channels = choose.rng(), self.shape[-1]
        gain = rng.normal(0, 1, channels)
        gain[gain == 0] = 1
        bias = rng.normal(0, 2, channels)
        if choose.number(0, 1):
            made = self.add("batchnorm", gamma=gain.tolist(), beta=bias.tolist(),
                            mean=bias[::-1].tolist(), variance=(gain**2 + 0.1).tolist())
        else:
            made = self.add("scale", gain=gain.tolist(), bias=bias.tolist())
        if made and choose.number(0, 2) == 2:
            self.add("relu")
        if made:
            self._quantized(choose)

    def _quantized(self, choose: Choices) -> None:
        if choose.rarely():
            self.add("sign")
            return
        fields = {"type": choose.pick(("uint2", "int2", "int3", "uint4", "ternary", "uint1")),
                  "scale": choose.pick((1, 0.5, 0.25, 3))}  # fmt: skip
        if choose.rarely():
            fields["rounding"] = choose.pick(("FLOOR", "CEIL", "HALF_UP", "UP", "DOWN"))
        self.add("quantize", **fields)

    def encode(self, choose: Choices) -> None:
        """To an integer type, shifted, rounded to the nearest or at random."""
        fields = {"seed": choose.number(1, 99)} if choose.number(0, 1) else {}
        self.add("encode", type=choose.pick(("int3", "uint2", "int8", "uint4")),
                 right_shift=choose.number(-2, 5), **fields)  # fmt: skip

    def back(self, choose: Choices) -> None:
        """Another branch begins at an earlier layer."""
        self.last = choose.pick(list(self.tensors)[::-1])

    def flatten(self, choose: Choices) -> None:
        """A vector of the map."""
        self.add("flatten")

    def end(self, choose: Choices) -> None:
        """One output of integers: branches that are left are joined."""
        while len(left := self._unread()) > 1:
            first, second = left[:2]
            flat = []
            for name in (first, second):
                self.last = name
                if len(self.shape) == 3:
                    self.add("flatten")
                flat.append(self.last)
            if not self.add("concat", flat) and not self.add("concat", flat[::-1]):
                break
        self.last = (self._unread() or ["input"])[0]
        if not self.document["layers"] or choose.number(0, 2) == 2:
            self.linear(choose, "dense", (choose.number(1, 5), math.prod(self.shape)))
        if choose.rarely():
            self.add("argmax")

    def _unread(self) -> list[str]:
        layers = self.document["layers"]
        read_ones = {name for layer in layers for name in layer["inputs"]}
        return [layer["name"] for layer in layers if layer["name"] not in read_ones]


def _requantize(choose: Choices, rows: int, low: int, high: int) -> dict:
    kind = choose.pick(("int8", "uint8", "int4", "uint2"))
    of, rng = values.form(kind), choose.rng()
    scale = (of.high - of.low) / max(1, high - low) * choose.pick((1, 2, 0.3, 100))
    fields = {"zero_point": choose.pick((0, of.low, of.high))}
    if choose.number(0, 1):
        fields |= {"input_scale": 0.5, "output_scale": 0.5,
                   "weight_scale": (scale * rng.uniform(0.5, 2, rows)).tolist()}  # fmt: skip
    else:
        shift = int(np.floor(-np.log2(scale)))
        shift = max(-8, min(31, shift))
        fields |= {"right_shift": shift, "multiplier": rng.integers(1 << 30, (1 << 31) - 1,
                                                                      rows).tolist()}  # fmt: skip
    return {"type": kind, "requantize": fields}


def document(made: dict) -> dict:
    """The description that a recipe makes."""
    build = Builder(Choices(made["input"]))
    for name, numbers in made["steps"]:
        getattr(build, "add_" if name == "add" else name)(Choices(numbers))
    build.end(Choices(made["end"]))
    return build.document
