import numpy as np
import pytest

from hdl.quant.expand import Expand
from sim.golden.formats.biscaled import BiScaled
from tests.hdl import clocked


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("bits", "shift"), [(2, 1), (4, 3), (6, 2)])
def test_every_word(bits, shift, signed):
    """Also the words of wide numbers that a fine one is, too."""
    config = Expand.Config(bits=bits, shift=shift, signed=signed)
    form = BiScaled(bits, shift, signed)
    x = np.random.default_rng(1).permutation(1 << bits + 1)
    rng = np.random.default_rng(2)
    o = clocked.run(config.build(), config.latency, rng=rng, stall=0.3, x=x)
    np.testing.assert_array_equal(o, form.values(x[:, None] >> np.arange(form.width) & 1))


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"bits": 0}, "Expand bits must be a positive integer, not 0"),
    ({"shift": 0}, "Expand shift must be a positive integer, not 0"),
])  # fmt: skip
def test_refused(fields, sentence):
    with pytest.raises(TypeError) as caught:
        Expand.Config(**{"bits": 4, "shift": 2} | fields)
    assert str(caught.value) == sentence
