"""Encoders: sums that become integers or numbers of a format."""

from generators.finn import coded
from generators.finn.part import Flow, number
from generators.finn.pipeline import Pipeline, dividing
from generators.network import formats, graph
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_step import BlockCode

__all__ = ["encode"]


def encode(pipeline: Pipeline, layer: graph.Encode, flow: Flow) -> Flow:
    """Append what encodes a stream, in the lanes that it has."""
    if isinstance(layer.type, formats.BlockFloat):
        return _blocks(pipeline, layer, layer.type, flow)
    unit = _unit(pipeline, layer, flow)
    if layer.seed is not None:  # an item's random bits follow from its place in the frame
        flow = pipeline.regroup(layer.name, flow, dividing(flow, flow.items), flow.total)
    config = EncodeLanes.Config(items=flow.items, lanes=flow.lanes, unit=unit,
                                seed=layer.seed or 0)  # fmt: skip
    return pipeline.add(layer.name, "encode", config, lambda: EncodeLanes(config), [flow],
                        number=unit.o, lanes=flow.lanes, items=flow.items, vectors=flow.vectors,
                        repeat=flow.vectors)  # fmt: skip


def _unit(pipeline: Pipeline, layer: graph.Encode, flow: Flow):
    """The encoder of a lane."""
    shared = {"x": flow.number, "right_shift": layer.right_shift}
    kind = layer.type
    if isinstance(kind, str):
        o = number(pipeline.tensors[layer.name].type)
        return Encode.Config(**shared, o=o, stochastic=layer.seed is not None)
    if isinstance(kind, formats.FPEC):
        return EncodeFPEC.Config(**shared, bits=kind.bits, signed=kind.signed,
                                 magnitude=kind.magnitude)  # fmt: skip
    if isinstance(kind, formats.BiScaled):
        return EncodeBiScaled.Config(**shared, bits=kind.bits, signed=kind.signed,
                                     shift=kind.shift, threshold=kind.threshold)  # fmt: skip
    source = layer.input_type and coded.floating(layer.input_type)
    return EncodeMinifloat.Config(**shared, to=coded.floating(kind), source=source,
                                  rounding=kind.rounding)  # fmt: skip


def _blocks(pipeline: Pipeline, layer, kind: formats.BlockFloat, flow: Flow) -> Flow:
    """Parts of a block, or blocks side by side, as few as keep up; a block is a lane behind it."""
    block, items = kind.block, flow.items
    lanes = flow.lanes
    if items % lanes or (lanes % block and block % lanes):
        lanes = _enough(pipeline, flow, block)
    flow = pipeline.regroup(layer.name, flow, lanes, items)
    code = BlockCode(x=flow.number, bits=kind.bits, exponents=kind.exponents, signed=kind.signed,
                     right_shift=layer.right_shift)  # fmt: skip
    config = BlockEncode.Config(items=items, lanes=lanes, block=block, code=code, ways=layer.ways)
    return pipeline.add(layer.name, "statistic", config, lambda: BlockEncode(config), [flow],
                        number=config.word, lanes=config.o_lanes, items=items // block,
                        vectors=flow.vectors, repeat=flow.vectors)  # fmt: skip


def _enough(pipeline: Pipeline, flow: Flow, block: int) -> int:
    """The fewest lanes, whole parts of a block or whole blocks of a vector, that keep up."""
    some = [n for n in range(1, flow.items + 1)
            if (block % n == 0) or (n % block == 0 and flow.items % n == 0)]  # fmt: skip
    beats = {n: flow.vectors * (flow.items // n) for n in some}
    return next((n for n in some if beats[n] <= pipeline.cycles), some[-1])
