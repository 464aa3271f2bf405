# amaranth: UnusedElaboratable=no

import re
from dataclasses import replace

import numpy as np
import pytest

from hdl.bus.axi_read import AXIRead
from hdl.engine.config import Config
from hdl.engine.engine import Engine
from hdl.engine.post import Post
from hdl.engine.program import Program
from hdl.engine.ring import Ring
from hdl.number import Number
from hdl.quant.requantize import Requantize
from tests.hdl.engine import nets

NET = nets.dense(1)
S8 = Number(width=8, signed=True)
AFFINE = nets.convolutions(1, nets.Conv(outputs=4, kernel=1, post="requantize"),
                           nets.Conv(outputs=3, kernel=1, post="raw"), shape=(1, 1, 3),
                           x=Number(width=4, signed=True))  # fmt: skip


@pytest.mark.parametrize(("net", "name", "value", "message"), [
    (NET, "weights", np.zeros((1, 4, 4), int),
     "Engine weights must have shape (18, 4, 4), not (1, 4, 4)"),
    (NET, "weights", np.full((18, 4, 4), 4), "Engine weights must be from -4 to 3, not 4 to 4"),
    (NET, "bias", np.zeros(3, int), "Engine bias must have shape (5, 4), not (3,)"),
    (NET, "bias", np.full((5, 4), -40000),
     "Engine bias must be from -32768 to 32767, not -40000 to -40000"),
    (NET, "thresholds", None, "Engine thresholds must have shape (5, 4, 3), not (5, 4, 0)"),
    (NET, "thresholds", np.tile([3, 2, 5], (5, 4, 1)),
     "Engine thresholds must ascend within each channel"),
    (NET, "multiplier", np.ones((5, 4), int),
     "Engine multiplier and shift must be given where it requantises only"),
    (AFFINE, "shift", None, "Engine multiplier and shift must be given where it requantises only"),
    (AFFINE, "shift", np.full((2, 4), 5), "Engine shift must be from 2 to 4, not 5 to 5"),
    (AFFINE, "multiplier", np.ones(3, int),
     "Engine multiplier must have shape (2, 4), not (3,)"),
])  # fmt: skip
def test_arrays(net, name, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Engine(net.config, **{**net.arrays, name: value})


def test_columns_that_do_not_divide_a_word():
    message = "Engine cols must divide the 6 operands, unlike 4"
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(NET.config, array=nets.array(rows=3))


def test_outputs_of_two_kinds():
    program = NET.config.program
    passes = tuple(replace(one, target="output") for one in program.passes)
    message = "Engine output must be raw sums or activations, not both or none"
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(NET.config, program=Program(layers=program.layers, passes=passes))


def test_raw_sums_between_layers():
    program = NET.config.program
    last = replace(program.passes[-1], target="activations")
    made = Program(layers=program.layers, passes=(*program.passes, replace(last, first=True)))
    with pytest.raises(ValueError, match=r"^Engine activations must not be raw sums$"):
        replace(NET.config, program=made)


def test_nothing_makes_activations():
    program = NET.config.program
    layers = tuple(replace(layer, post="thresholds") for layer in program.layers)
    message = "Engine must have levels or requantize where it makes activations"
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(NET.config, program=replace(program, layers=layers), levels=0)


def test_too_few_tiles():
    with pytest.raises(ValueError, match=r"^Ring tiles must be at least 3, not 2$"):
        Ring.Config(width=64, cols=8, passes=9, tiles=2)


def test_too_little_room():
    with pytest.raises(ValueError, match=r"^AXIRead room must be at least 16 beats, not 15$"):
        AXIRead.Config(beats=40, room=15, step=5)


@pytest.mark.parametrize(("fields", "message"), [
    ({"x": S8}, f"Post requantize must be from and to {nets.ACC!r} and {S8!r}"),
    ({"multiplier": 5}, "Post requantize multiplier and shift must not be constants"),
])  # fmt: skip
def test_requantize_of_post(fields, message):
    unit = Requantize.Config(**{"x": nets.ACC, "o": S8, **fields})
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Post.Config(cols=2, x=nets.ACC, o=S8, requantize=unit)


def test_wrong_frames():
    with pytest.raises(TypeError, match=r"^Engine frames must be a positive integer, not 0$"):
        replace(NET.config, frames=0)


def test_config_is_a_key():
    assert hash(NET.config) == hash(replace(NET.config))
    assert isinstance(NET.config, Config)
