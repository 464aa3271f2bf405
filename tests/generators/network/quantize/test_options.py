import re

import pytest

from generators.network.error import ModelError
from generators.network.quantize import options

NAMES = ("intN, fixedN, fpecN, biscaledN, shiftableN, groupedN-{one,power,same,simple}, "
         "blockfloatN, hfp8")  # fmt: skip


@pytest.mark.parametrize(("scheme", "bits", "family", "found", "scales", "inputs"), [
    ("int8", None, "int", 8, None, 8), ("int", 4, "int", 4, None, 4),
    ("fixed16", 16, "fixed", 16, None, 16), ("fpec", None, "fpec", 6, None, 6),
    ("grouped3-simple", None, "grouped", 3, "simple", 8),
    ("grouped-one", None, "grouped", 4, "one", 8), ("hfp8", 8, "hfp8", 8, None, 8),
])  # fmt: skip
def test_names(scheme, bits, family, found, scales, inputs):
    made = options(scheme, bits)
    assert (made.family, made.bits, made.scales, made.inputs) == (family, found, scales, inputs)


def test_defaults():
    assert options("fpec6", clip=None, bias_correction=None) == options("fpec6")
    assert options("fpec6").bias_correction
    assert options("shiftable6").shift == 2
    assert options("int4", clip="sawb").inputs_clip == "mse"
    assert options("int4", clip="aciq").inputs_clip == "aciq"
    assert options("int4", clip="aciq", activation_clip="max").inputs_clip == "max"
    assert [options(s).real for s in ("int4", "grouped4-one", "grouped4-same")] == [True] * 3
    assert [options(s).real for s in ("fixed4", "grouped4-power", "hfp8")] == [False] * 3


REFUSED = [
    ("float8", {}, f"--scheme: Scheme must be one of {NAMES}, not 'float8'"),
    ("fpec6-one", {}, f"--scheme: Scheme must be one of {NAMES}, not 'fpec6-one'"),
    ("grouped4", {}, f"--scheme: Scheme must be one of {NAMES}, not 'grouped4'"),
    ("hfp8", {"bits": 6}, "--bits: Bits of hfp8 must be 8, not 6"),
    ("hfp88", {}, "--scheme: Scheme must be one of {NAMES}, not 'hfp88'"),
    ("int8", {"bits": 4}, "--bits: Bits must be those of the scheme int8, not 4"),
    ("int9", {}, "--bits: Bits of int must be 2 to 8, not 9"),
    ("fixed", {"bits": 1}, "--bits: Bits of fixed must be 2 to 16, not 1"),
    ("fixed17", {}, "--bits: Bits of fixed must be 2 to 16, not 17"),
    ("hfp8", {"activation_bits": 4}, "--activation-bits: Activation bits of hfp8 must be 8, not 4"),
    ("int8", {"activation_bits": 0}, "--activation-bits: Activation bits must be 1 to 16, not 0"),
    ("int8", {"group": 8}, "--group: Option must stand only with grouped or blockfloat, not with "
     "int8"),
    ("fixed8", {"per_channel": True}, "--per-channel: Option must stand only with int, not with "
     "fixed8"),
    ("grouped4-power", {"mantissa_bits": 1}, "--mantissa-bits: Option must stand only with "
     "grouped-simple, not with grouped4-power"),
    ("fpec4", {"magnitude": 3}, "--magnitude: Magnitude must be 0 to 2, not 3"),
    ("fpec4", {"lanes": 1}, "--lanes: Lanes must be 2 to 256, not 1"),
    ("fpec4", {"lanes": 2, "compensators": 0}, "--compensators: Compensators must be 1 to 256, not "
     "0"),
    ("biscaled4", {"shift": 9}, "--shift: Shift must be 1 to 8, not 9"),
    ("biscaled4", {"block": 1}, "--block: Block must be 2 to 256, not 1"),
    ("biscaled4", {"block": 4, "limit": 5}, "--limit: Limit must be 1 to 4, not 5"),
    ("hfp8", {"chunk": 0}, "--chunk: Chunk must be 1 to 65536, not 0"),
    ("blockfloat4", {"ways": 9}, "--ways: Ways must be 1 to 8, not 9"),
    ("blockfloat4", {"group": 1}, "--group: Group must be 2 to 256, not 1"),
    ("blockfloat4", {"exponents": 17}, "--exponents: Exponents must be 1 to 16, not 17"),
    ("grouped4-simple", {"mantissa_bits": 4}, "--mantissa-bits: Mantissa bits must be 1 to 3, not "
     "4"),
    ("int6", {"clip": "sawb"}, "--clip: Clip sawb must be of 2, 3, 4, 8 bits, not 6"),
    ("fixed8", {"rounding": "stochastic", "seed": 0}, "--seed: Seed must be 1 to 2147483647, not "
     "0"),
    ("fpec6", {"rounding": "stochastic"}, "--rounding: Rounding must be nearest but for fixed, "
     "grouped-power and grouped-simple, not for fpec6"),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "choices", "sentence"), REFUSED)
def test_refusals(scheme, choices, sentence):
    sentence = re.escape(sentence.replace("{NAMES}", NAMES))
    with pytest.raises(ModelError, match=f"^{sentence}$"):
        options(scheme, **choices)
