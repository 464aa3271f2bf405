"""Streams from layer to layer, as a report tells of them: a network with a branch and a flatten."""

from generators.finn import links
from tests.generators.finn.nets import dense, model, planned, values


def conv(name: str, reads: str) -> dict:
    return {"name": name, "op": "conv", "inputs": [reads], "padding": [1, 1, 1, 1],
            "weights": {"type": "ternary", "data": values("ternary", (2, 3, 3, 2)).tolist()},
            "activation": {"type": "uint2", "thresholds": [[-2, 0, 3]] * 2}}  # fmt: skip


def found(*more: dict) -> tuple[list[dict], object]:
    layers = (conv("a", "input"), conv("b", "a"),
              {"name": "sum", "op": "add", "inputs": ["b", "a"]}, *more)  # fmt: skip
    plan = planned(model(*layers, shape=(4, 4, 2), kind="uint2"))
    return links.links(plan), plan


def test_links():
    some, plan = found(dense("fc", "sum", size=(3, 32)))
    by = {(one["source"], one["target"]): one for one in some}
    assert list(by) == [("input", "a"), ("a", "b"), ("b", "sum"), ("a", "sum"), ("sum", "fc"),
                        ("fc", "output")]  # fmt: skip
    assert by["input", "a"]["shape"] == [4, 4, 2] and by["input", "a"]["type"] == "uint2"
    assert by["a", "sum"]["elements"] == 32 and by["a", "sum"]["bits"] == 2
    assert by["fc", "output"]["elements"] == 3
    for one in some:
        assert one["elements_per_cycle"] == round(one["elements"] / plan.cycles, 4)
        assert one["busy"] <= 1
        assert one["lanes"] * one["busy"] * plan.cycles >= one["elements"] * 0.99


def test_a_layer_without_circuits_passes_its_stream_on():
    some, plan = found({"name": "flat", "op": "flatten", "inputs": ["sum"]})
    assert "flat" in {layer.name for layer in plan.network.layers}
    (before,) = [one for one in some if one["target"] == "flat"]
    (behind,) = [one for one in some if one["source"] == "flat"]
    assert (before["source"], behind["target"]) == ("sum", "output")
    same = ("bits", "elements", "elements_per_cycle")
    assert [before[name] for name in same] == [behind[name] for name in same]
    assert (before["shape"], behind["shape"]) == ([4, 4, 2], [32])


def test_every_queue_between_layers_is_on_a_link():
    """The branch waits for the convolution beside it, in a queue."""
    some, plan = found(dense("fc", "sum", size=(3, 32)))
    on_links = [queue["depth"] for one in some for queue in one["queues"]]
    queues = [part.config.depth for part in plan.parts if part.kind == "fifo"]
    assert all(depth in queues for depth in on_links)
    (branch,) = [one for one in some if (one["source"], one["target"]) == ("a", "sum")]
    (queue,) = branch["queues"]
    assert queue["depth"] > 4 and queue["storage"] in ("lut", "bram")
    assert queue["bits"] == branch["lanes"] * branch["bits"]
