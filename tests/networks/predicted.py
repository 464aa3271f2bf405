"""What every simulation of a build must show: the cycles that its report promises, to the cycle."""

import numpy as np

from generators.finn import critical, performance, timeline

__all__ = ["check", "check_cycles", "check_sums"]


def check(report: dict, result: dict) -> None:
    """A simulation without stalls of a build with such a report or manifest.

    ``result`` is the JSON of ``python -m sim``, of whole batches of frames back to back, or of one
    batch, which says nothing of the cycles between batches.

    Raises
    ------
    AssertionError
        If an output differs from the golden model's, or cycles are not those promised.
    """
    assert result["mismatches"] == 0
    several = result["frames"] > report["frames_per_batch"]
    assert result["cycles_per_frame"] == (report["cycles_per_frame"] if several else None)
    assert result["latency_cycles"] == report["latency_cycles"]
    spent = report.get("performance")  # of a report
    if spent is not None and spent["latency"] is not None:
        kinds = (spent["latency"][name] for name in ("io", "compute", "fill", "stall"))
        assert sum(kinds) == report["latency_cycles"]


def check_cycles(promised, batch: int, first, last) -> None:
    """A run of circuits without stalls, of whole batches of frames back to back.

    ``promised`` has their ``interval`` and ``latency``; ``first`` and ``last`` are the cycles of
    each frame's first input and last output transfer.
    """
    assert last[0] - first[0] == promised.latency
    assert np.all(np.diff(last[batch - 1 :: batch]) == promised.interval)


def check_sums(planned) -> None:
    """What a plan's cycles are said to be spent on sums up to them."""
    (i_edge, o_edge), network = planned.edges, planned.network
    spent = critical.latency(i_edge, planned.parts, o_edge, planned.batch)
    assert spent.cycles == planned.latency == sum(step.cycles for step in spent.steps)
    drawn = timeline.drawn(planned, timeline.pace(planned))
    for layer in network.layers:
        found = performance.layer(planned, layer, drawn)
        kinds = [found[name] for name in ("busy", "waiting", "blocked")]
        there = any(part.layer == layer.name for part in planned.parts)
        assert round(sum(kinds), 4) == (planned.cycles if there else 0)
        assert min(*kinds, found["fill"]) >= 0
