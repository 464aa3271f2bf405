"""Weights and thresholds of layers with storage "ram", written over the registers."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import DriverError, InputError
from .parameters import encode

__all__ = ["load"]


def load(accelerator, weights: Mapping | None, thresholds: Mapping | None,
         bias: Mapping | None, vectors) -> None:
    """See :meth:`Accelerator.load`."""
    parameters = accelerator.manifest["system"].get("parameters") or []
    if not parameters:
        name = accelerator.manifest.get("name")
        raise InputError(f'Build {name!r} has no layer of storage "ram"; fold one so, build again')
    if accelerator.running:
        raise InputError("Parameters must be loaded while no run is on")
    try:
        runs = encode(parameters, weights, thresholds, bias)
    except DriverError:
        raise
    except ValueError as error:
        raise InputError(str(error)) from None
    offset = accelerator.registers["LOAD_DATA"].offset
    for address, data in runs:
        accelerator.write("LOAD_ADDRESS", address)
        for word in data.tolist():
            accelerator.transport.write32(offset, word)
    accelerator.vectors = vectors
    if vectors is None:
        return
    inputs, outputs = vectors
    found = accelerator.run(inputs).reshape(len(inputs), -1)
    wrong = (found != outputs.reshape(len(inputs), -1)).any(axis=1)
    if wrong.any():
        what = f"{len(inputs)} frames, not in {int(wrong.sum())} of them another"
        raise DriverError(f"Loaded parameters must give the known results of {what}; check that "
                          "they are those of the vectors")
