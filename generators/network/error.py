"""The one way in which a user's input is refused."""


class ModelError(ValueError):
    """A description that cannot be built.

    Parameters
    ----------
    where : str
        File and place in it: ``model.json: $.layers[3].weights``.
    what : str
        One sentence: what is wrong and what would be accepted.
    """

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")
