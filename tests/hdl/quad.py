"""Four processing elements as an MVTU has them: the popcounts, a DSP48E1, and the signs."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.dsp import DSPAccumulator
from hdl.dot.popcount import RowsPopcount
from hdl.shared import Shared

__all__ = ["Quad"]


class Quad(wiring.Component):
    r"""Of four neurons: :math:`o_k = [\sum_t popcount(xnor(x_t, w_{t,k})) \ge threshold_k]`.

    Words t come one a cycle while ``valid``. The negated threshold is the sum of a neuron's bias
    bits, so that the sum's sign is the activation; see :func:`hdl.array.bias.spread`. Operands of
    stage s of ``config.dot`` are read s enabled cycles later than those of stage 0, the bias in its
    ``bias_stage``; ``first`` and ``valid`` when the word's rows leave the tree. The activations
    come ``config.latency`` enabled cycles after stage 0 of a neuron's last word.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    first, valid : ``In(1)``
        Whether rows start new sums, and whether they are added.
    x : ``In(lanes)``
        Bipolar inputs of all neurons, lane 0 in bit 0.
    w, bias : ``In(4 * lanes)``, ``In(4 * len(config.dot.bias))``
        Weights and bits of the bias, neuron 0 lowest.
    o : ``Out(4)``
        The activations.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes of each neuron, and of how many words its sum is made."""

        lanes: int = 64
        words: int = 4

        neurons = 4

        @property
        def dot(self) -> RowsPopcount.Config:
            """What counts for one neuron."""
            return RowsPopcount.Config(lanes=self.lanes, words=self.words)

        @property
        def latency(self) -> int:
            """Enabled cycles from stage 0 to the activation."""
            return self.dot.latency + DSPAccumulator.Config.latency

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "first": In(1),
            "valid": In(1),
            "x": In(config.lanes),
            "w": In(config.neurons * config.lanes),
            "bias": In(config.neurons * len(config.dot.bias)),
            "o": Out(config.neurons),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.dsp = dsp = DSPAccumulator(DSPAccumulator.Config(lanes=config.neurons))
        m.d.comb += [dsp.en.eq(self.en), dsp.first.eq(self.first), dsp.valid.eq(self.valid)]
        for k in range(config.neurons):
            m.submodules[f"dot{k}"] = dot = Shared(config.dot.build())
            m.d.comb += [
                dot.en.eq(self.en),
                dot.x.eq(self.x),
                dot.w.eq(self.w.word_select(k, config.lanes)),
                dot.bias.eq(self.bias.word_select(k, len(config.dot.bias))),
                dsp.a[k].eq(dot.a),
                dsp.b[k].eq(dot.b),
            ]
        m.d.comb += self.o.eq(Cat(~dsp.o[k][-1] for k in range(config.neurons)))
        return m
