"""manifest.json: all that the simulation and the driver know of a build."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from generators.network import check, graph
from hdl.bus.axis import Edge

FILES = ("top.v", "model.json", "weights.npz")


def manifest(
    network: graph.Network,
    edges: tuple[Edge, Edge],
    *,
    cycles_per_frame: int | float,
    frames_per_batch: int,
    latency_cycles: int,
    clock_mhz: float,
    folder: Path,
    memory: dict | None = None,
    maps: dict | None = None,
    host: dict | None = None,
    streams: Sequence[dict] = (),
) -> dict:
    """The manifest of a build whose other files stand in a folder already.

    A host offers whole batches of frames: the last ones of a part of a batch would never come out.
    ``memory`` says what external memory the design reads: the ``port``, its AXI4 read master, the
    ``file`` of the folder with the contents from address 0 on, how many ``bytes`` that are, and the
    ``latency`` in cycles that the other cycles were computed with. ``maps`` says the same of a
    memory that the design writes before it reads it, which has no file. ``host`` are the thresholds
    that a host applies before it sends a frame. ``streams`` are those between the layers that can
    be compared with the layers' values, :func:`generators.finn.streams.streams`.
    """
    i_port, o_port = ports(network, edges)
    names = (*FILES, *([memory["file"]] if memory else []))
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    return {
        "bitloom": 1,
        "name": network.name,
        "top": "top",
        "clock_mhz": clock_mhz,
        "cycles_per_frame": cycles_per_frame,
        "frames_per_batch": frames_per_batch,
        "latency_cycles": latency_cycles,
        "input": i_port,
        "output": o_port,
        "streams": list(streams),
        **({"host": host} if host else {}),
        **({"memory": memory} if memory else {}),
        **({"maps": maps} if maps else {}),
        "files": files,
        "digest": digest,
    }


def ports(network: graph.Network, edges: tuple[Edge, Edge]) -> tuple[dict, dict]:
    """How frames travel in and out."""
    tensors = check.infer(network)
    result = tensors[check.output_layer(network).name]
    return _port("s_axis", tensors["input"], edges[0]), _port("m_axis", result, edges[1])


def _port(name: str, tensor: check.Tensor, edge: Edge) -> dict:
    return {
        "port": name,
        "type": tensor.type.name,
        "shape": list(tensor.shape),
        "items": edge.items,
        "element_bits": edge.element_bits,
        "lanes": edge.lanes,
        "width": edge.width,
        "beats": edge.beats,
        "frame_bytes": edge.frame_bytes,
    }
