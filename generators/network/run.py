"""Run a network on the golden model."""

import numpy as np

from generators.network import check, graph
from sim.golden import exact
from sim.golden import network as golden


def run(network: graph.Network, x: np.ndarray) -> np.ndarray:
    """The network's output (frames, …) for integer frames x: integers, or Fractions where real."""
    return run_all(network, x)[check.output_layer(network).name]


def run_all(network: graph.Network, x: np.ndarray) -> dict[str, np.ndarray]:
    """The output of every layer, by name."""
    x = np.asarray(x).reshape(-1, *network.input.shape)
    return golden.run([graph.asdict(layer) for layer in network.layers], x)


def meaning(network: graph.Network, y: np.ndarray) -> np.ndarray:
    """The real numbers that an output stands for: gain * y + bias, exactly."""
    if network.output is None:
        return y
    return exact.fractions(y) * exact.fractions(network.output.gain) + exact.fractions(
        network.output.bias
    )
