"""Random corruptions of valid descriptions: each a sentence, or a working build."""

import json
import random
from dataclasses import dataclass

from tests.fuzz import corpus, corrupt, corrupt_npz, corrupt_onnx, judge

__all__ = ["Descriptions", "Found"]

VERILOG = 0.03
"""Part of the descriptions of which the Verilog is written, too."""


@dataclass(frozen=True)
class Found:
    """What became of a description."""

    case: corpus.Case
    said: str
    bug: judge.Bug | None


class Descriptions:
    """Corrupted descriptions by seed and number, each the same every time."""

    def __init__(self, seed: int) -> None:
        self.seed, self.cases = seed, corpus.corpus()
        self.donors = [json.loads(case.files["model.json"]) for case in self.cases
                       if "model.json" in case.files]  # fmt: skip

    def case(self, number: int) -> corpus.Case:
        """A corrupted description."""
        rng = random.Random(f"{self.seed} {number}")
        given = rng.choice(self.cases)
        names = sorted(given.files)
        changed = {name for name in names if rng.random() < 0.3} or {rng.choice(names)}
        return given.changed(**{name: self._corrupt(rng, name, given.files[name])
                                for name in sorted(changed)})

    def check(self, number: int) -> Found:
        """Run a description's command."""
        case = self.case(number)
        verilog = random.Random(f"{number} {self.seed}").random() < VERILOG
        return Found(case, *judge.judge(case, verilog=verilog))

    def _corrupt(self, rng: random.Random, name: str, data: bytes) -> bytes:
        if name.endswith(".json"):
            if rng.random() < 0.1:
                return corrupt.text(rng, data)
            made = corrupt.document(rng, json.loads(data), self.donors)
            return json.dumps(made, ensure_ascii=rng.random() < 0.5).encode(errors="replace")
        if name.endswith(".npz"):
            return self._archive(rng, data)
        if name.endswith(".onnx"):
            return corrupt_onnx.model(rng, data)
        return corrupt.text(rng, data)

    def _archive(self, rng: random.Random, data: bytes) -> bytes:
        """Its arrays, or the description that it holds."""
        arrays = corrupt_npz.unpacked(data)
        if "meta" not in arrays or rng.random() < 0.4:
            return corrupt_npz.archive(rng, data)
        meta = json.dumps(corrupt.document(rng, json.loads(arrays["meta"].item()), self.donors))
        return corrupt_npz.packed(arrays | {"meta": corrupt_npz.np.array(meta)})
