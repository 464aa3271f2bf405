"""The one way in which a user's input is refused."""

LONGEST = 1000
"""Characters of a sentence; of a longer one the middle is left out."""


class ModelError(ValueError):
    """A description that cannot be built.

    As text it is one line, whatever names and values of the input it quotes: what cannot be
    printed is escaped.

    Parameters
    ----------
    where : str
        File and place in it: ``model.json: $.layers[3].weights``.
    what : str
        One sentence: what is wrong and what would be accepted.
    """

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(_line(f"{where}: {what}"))


def _line(text: str) -> str:
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
