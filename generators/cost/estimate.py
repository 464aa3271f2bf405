"""The estimate of any circuit, by its configuration."""

from generators.cost import (
    bus,
    bus_delay,
    formats,
    formats_delay,
    halves,
    maps,
    moves,
    scores,
    stream,
    sums,
    systolic,
    thresholds,
    waits,
)  # fmt: skip
from generators.cost.mvtu import mvtu
from generators.cost.mvtu_delay import mvtu_delay
from generators.cost.serial import serial, serial_delay
from generators.cost.unrolled import counted, unrolled_delay
from generators.cost.weights import weights, weights_delay
from generators.synth.resources import Cost
from hdl.array.loadable import Loadable
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.serial import SerialMVTU
from hdl.array.systolic import Systolic
from hdl.array.systolic_os import OutputStationary
from hdl.array.unrolled import Unrolled
from hdl.array.weights import Weights
from hdl.bus.axi_copy import AXICopy
from hdl.bus.axi_read import AXIRead
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.load import Chain
from hdl.bus.pack import Pack
from hdl.bus.register_file import RegisterFile
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.ecp5.link import Link
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
from hdl.zynq.bridge import Bridge

__all__ = ["CIRCUITS", "DELAYS", "KINDS", "delay", "estimate", "kind"]

CIRCUITS = {
    Add.Config: sums.add,
    ArgMax.Config: scores.argmax,
    AXICopy.Config: bus.copy,
    AXIRead.Config: bus.read,
    BlockEncode.Config: formats.statistic,
    Bridge.Config: bus.bridge,
    Chain.Config: bus.chain,
    Columns.Config: maps.columns,
    Concat.Config: moves.concat,
    Converter.Config: moves.converter,
    DMARead.Config: bus.read_dma,
    DMAWrite.Config: bus.write_dma,
    EncodeLanes.Config: formats.encode,
    FIFO.Config: moves.fifo,
    Fork.Config: moves.fork,
    Gather.Config: halves.gather,
    Link.Config: bus.link,
    Loadable.Config: weights,
    MinifloatMVTU.Config: formats.minifloat,
    MVTUConfig: mvtu,
    OutputStationary.Config: systolic.output_stationary,
    Pack.Config: bus.pack,
    Pool.Config: maps.pool,
    RegisterFile.Config: bus.registers,
    Repeat.Config: moves.repeat,
    RequantizeLanes.Config: stream.requantize,
    Scatter.Config: halves.scatter,
    SerialMVTU.Config: serial,
    Shell.Config: bus.shell,
    SlidingWindow.Config: maps.window,
    Systolic.Config: systolic.array,
    Threshold.Config: thresholds.alone,
    ThresholdLanes.Config: thresholds.lanes,
    Unpack.Config: bus.unpack,
    Unrolled.Config: counted,
    Upsample.Config: maps.upsample,
    Weights.Config: weights,
}
"""The estimate of each circuit that has one."""

DELAYS = {
    Add.Config: waits.add,
    ArgMax.Config: waits.argmax,
    AXICopy.Config: bus_delay.copy,
    AXIRead.Config: bus_delay.read,
    BlockEncode.Config: formats_delay.statistic_delay,
    Bridge.Config: bus_delay.bridge,
    Chain.Config: bus_delay.chain,
    Columns.Config: waits.columns,
    Concat.Config: waits.concat,
    Converter.Config: waits.converter,
    DMARead.Config: bus_delay.read_dma,
    DMAWrite.Config: bus_delay.write_dma,
    EncodeLanes.Config: formats_delay.encode_delay,
    FIFO.Config: waits.fifo,
    Fork.Config: waits.fork,
    Gather.Config: waits.gather,
    Link.Config: bus_delay.link,
    Loadable.Config: weights_delay,
    MinifloatMVTU.Config: formats_delay.minifloat_delay,
    MVTUConfig: mvtu_delay,
    OutputStationary.Config: systolic.output_stationary_delay,
    Pack.Config: bus_delay.pack,
    Pool.Config: waits.pool,
    RegisterFile.Config: bus_delay.registers,
    Repeat.Config: waits.repeat,
    RequantizeLanes.Config: stream.requantize_delay,
    Scatter.Config: waits.scatter,
    SerialMVTU.Config: serial_delay,
    Shell.Config: bus_delay.shell,
    SlidingWindow.Config: waits.window,
    Systolic.Config: systolic.array_delay,
    Threshold.Config: thresholds.threshold_delay,
    ThresholdLanes.Config: thresholds.lanes_delay,
    Unpack.Config: bus_delay.unpack,
    Unrolled.Config: unrolled_delay,
    Upsample.Config: waits.upsample,
    Weights.Config: weights_delay,
}
"""The delay of each circuit that has one, in picoseconds, of pieces of generators.cost.delay."""

KINDS = {
    Add.Config: "add",
    ArgMax.Config: "argmax",
    AXICopy.Config: "axicopy",
    AXIRead.Config: "axiread",
    BlockEncode.Config: "statistic",
    Bridge.Config: "bridge",
    Chain.Config: "chain",
    Columns.Config: "columns",
    Concat.Config: "concat",
    Converter.Config: "converter",
    DMARead.Config: "dmaread",
    DMAWrite.Config: "dmawrite",
    EncodeLanes.Config: "encode",
    FIFO.Config: "fifo",
    Fork.Config: "fork",
    Gather.Config: "gather",
    Link.Config: "link",
    Loadable.Config: "loadable",
    MinifloatMVTU.Config: "minifloat",
    MVTUConfig: "mvtu",
    OutputStationary.Config: "output_stationary",
    Pack.Config: "pack",
    Pool.Config: "pool",
    RegisterFile.Config: "registerfile",
    Repeat.Config: "repeat",
    RequantizeLanes.Config: "requantize",
    Scatter.Config: "scatter",
    SerialMVTU.Config: "serial",
    Shell.Config: "shell",
    SlidingWindow.Config: "window",
    Systolic.Config: "systolic",
    Threshold.Config: "threshold",
    ThresholdLanes.Config: "lanes",
    Unpack.Config: "unpack",
    Unrolled.Config: "unrolled",
    Upsample.Config: "upsample",
    Weights.Config: "weights",
}
"""What measured.json calls each circuit, for the band of its estimates' errors."""


def estimate(config) -> Cost:
    """LUTs and flip-flops about as synthesis counts them, block RAMs and DSP slices by geometry.

    Raises
    ------
    KeyError
        If a circuit of such a configuration has no estimate.
    """
    return CIRCUITS[type(config)](config)


def delay(config) -> int:
    """Picoseconds of a circuit's slowest path of any kind, as the timing analyser counts it.

    That is the largest of ``reg_to_reg``, ``setup``, ``clk_to`` and ``through`` of
    :func:`generators.synth.synthesize.measure`, 500 ps on each wire.

    Raises
    ------
    KeyError
        If a circuit of such a configuration has no delay.
    """
    return round(DELAYS[type(config)](config))


def kind(config) -> str:
    """The name of a circuit in measured.json: an MVTU that is unrolled is one of "unrolled"."""
    return "unrolled" if getattr(config, "unrolled", False) is True else KINDS[type(config)]
