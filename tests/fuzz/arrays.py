"""Random sizes of one systolic array, as the options of python -m generators.systolic."""

from tests.fuzz.choices import Choices

__all__ = ["FILE", "options"]

FILE = "array.json"
"""The options, beside a model.json that an array is to run."""


def options(choose: Choices) -> list[str]:
    """Rows, lanes, columns that divide a word; frames a batch and kinds of cells, or as planned."""
    rows, lanes = choose.number(1, 5), choose.number(1, 6)
    cols = choose.pick([n for n in range(1, 7) if rows * lanes % n == 0])
    made = {"rows": rows, "lanes": lanes, "cols": cols}
    if choose.number(0, 1):
        made["batch"] = choose.number(1, 3)
    if choose.number(0, 1):
        made["cells"] = choose.pick(("lut", "dsp"))
    return [text for name, value in made.items() for text in (f"--{name}", str(value))]
