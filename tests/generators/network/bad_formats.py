"""Weights in formats of their own that must be refused; cases as in bad_models."""

from tests.generators.network.bad_models import dense

_W = "model.json: $.layers[0].weights"
LOG, BOOK = {"format": "log", "bits": 3}, {"format": "codebook", "values": [5, -3, 0]}


def weights(kind, data=((1, 0, -1),), **fields):
    """A dense layer with weights of a type."""
    return dense(weights={"type": kind, "data": data} | fields, activation=None)


CASES = [
    ("type is a number", weights(3), f"{_W}.type: Type must be a string or an object, not 3"),
    ("format unknown", weights({"format": "posit"}),
     f"{_W}.type.format: Format must be one of biscaled, blockfloat, codebook, fpec, grouped, log, "
     'minifloat, not "posit"'),
    ("format absent", weights({"bits": 3}), f"{_W}.type: Field 'format' must be given"),
    ("field of log", weights(LOG | {"values": []}),
     f"{_W}.type: Fields must be among format, bits, not 'values'"),
    ("field of codebook", weights(BOOK | {"bits": 3}),
     f"{_W}.type: Fields must be among format, values, not 'bits'"),
    ("bits of log absent", weights({"format": "log"}), f"{_W}.type: Field 'bits' must be given"),
    ("bits of log", weights(LOG | {"bits": 1}),
     f"{_W}.type.bits: Bits must be an integer >= 2, not 1"),
    ("many bits of log", weights(LOG | {"bits": 6}),
     f"{_W}.type.bits: Bits must be an integer <= 5, not 6"),
    ("values absent", weights({"format": "codebook"}), f"{_W}.type: Field 'values' must be given"),
    ("no values", weights(BOOK | {"values": []}),
     f"{_W}.type.values: Values must be a list of length >= 1, not []"),
    ("value of codebook", weights(BOOK | {"values": [1, 0.5]}),
     f"{_W}.type.values[1]: Item must be an integer, not 0.5"),
    ("large values", weights(BOOK | {"values": [1 << 32, 0, 0]}),
     f"{_W}.type.values: Values must fit 32 bits, not reach 0..4294967296"),
    ("no power of two", weights(LOG, [[1, 2, 3]]),
     f"{_W}.data: Weights of 3 bits in the format log must be 0, or +2^e or -2^e with e from 0 to "
     "2, not 3"),
    ("power of two too large", weights(LOG, [[1, 2, -8]]),
     f"{_W}.data: Weights of 3 bits in the format log must be 0, or +2^e or -2^e with e from 0 to "
     "2, not -8"),
    ("log of fractions", weights(LOG, [[1, 2, 0.5]]),
     f"{_W}.data: Weights must be integers, not 0.5"),
    ("index beyond", weights(BOOK, [[0, 3, 1]]),
     f"{_W}.data: Weights of a codebook must be indices from 0 to 2 of its values, not 3"),
    ("index negative", weights(BOOK, [[0, -1, 1]]),
     f"{_W}.data: Weights of a codebook must be indices from 0 to 2 of its values, not -1"),
    ("index no integer", weights(BOOK, [[0, 1.5, 1]]),
     f"{_W}.data: Weights must be integers, not 1.5"),
    ("log without data", dense(weights={"type": LOG}, activation=None),
     f'{_W}: Weights must have "data", or "npz" and "key"'),
    ("shape of log", weights(LOG, [[1, 2]]), f"{_W}: Weights must have shape (1, 3), not (1, 2)"),
    ("codebook empty", weights(BOOK, []), f"{_W}: Weights must have shape (rows, 3), not (0,)"),
]  # fmt: skip
