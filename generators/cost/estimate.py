"""The estimate of any circuit, by its configuration."""

from generators.cost import formats, maps, stream
from generators.cost.mvtu import mvtu
from generators.cost.serial import serial
from generators.cost.unrolled import counted
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl.array.loadable import Loadable
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.serial import SerialMVTU
from hdl.array.unrolled import Unrolled
from hdl.array.weights import Weights
from hdl.quant.argmax import ArgMax
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.statistic import BlockEncode
from hdl.quant.threshold import Threshold
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample

__all__ = ["CIRCUITS", "estimate"]

CIRCUITS = {
    Add.Config: maps.add,
    ArgMax.Config: stream.argmax,
    BlockEncode.Config: formats.statistic,
    Columns.Config: maps.columns,
    Concat.Config: maps.concat,
    Converter.Config: stream.converter,
    EncodeLanes.Config: formats.encode,
    FIFO.Config: stream.fifo,
    Fork.Config: maps.fork,
    Gather.Config: maps.gather,
    Loadable.Config: weights,
    MVTUConfig: mvtu,
    MinifloatMVTU.Config: formats.minifloat,
    Pool.Config: maps.pool,
    Repeat.Config: maps.repeat,
    RequantizeLanes.Config: stream.requantize,
    Scatter.Config: maps.scatter,
    SerialMVTU.Config: serial,
    SlidingWindow.Config: maps.window,
    Threshold.Config: stream.threshold,
    ThresholdLanes.Config: stream.lanes,
    Unrolled.Config: counted,
    Upsample.Config: maps.upsample,
    Weights.Config: weights,
}
"""The estimate of each circuit that has one."""


def estimate(config) -> Cost:
    """LUTs and flip-flops about as synthesis counts them, block RAMs and DSP slices by geometry.

    Raises
    ------
    KeyError
        If a circuit of such a configuration has no estimate.
    """
    return CIRCUITS[type(config)](config)
