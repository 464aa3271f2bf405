"""What a Conv or a pooling node sees: the attributes of its windows."""

from dataclasses import dataclass

from generators.network.onnx_fold import Signal
from generators.network.onnx_graph import Node

MAX_STEP = 1 << 20
MAX_PAD = 1 << 10
AUTO_PADS = ("NOTSET", "SAME_LOWER", "SAME_UPPER", "VALID")


@dataclass(frozen=True)
class Window:
    """Windows over a map, vertical before horizontal; ``size`` says how many there are."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int, int, int]
    size: tuple[int, int]


def window(node: Node, x: Signal, kernel: tuple[int, ...] | None = None) -> Window:
    """The windows of a node over the map x; the kernel is the attribute's unless given.

    ``ceil_mode`` is as much more padding at the end as the last window needs. As ONNX has it, a
    window that would start in the padding at the end is none.
    """
    sizes = x.shape[2:]
    if kernel is None:
        kernel = attribute(node, "kernel_shape", len(sizes), None)
    strides = attribute(node, "strides", len(sizes), 1)
    dilations = attribute(node, "dilations", len(sizes), 1)
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, kernel)]
    begins, ends = _pads(node, sizes, strides, spans)
    counts = []
    for i, (size, stride, span) in enumerate(zip(sizes, strides, spans)):
        room = begins[i] + size + ends[i] - span
        if room < 0:
            padded = begins[i] + size + ends[i]
            raise node.refused(f"Kernel must fit into {padded} pixels, not span {span}")
        count = room // stride + 1
        if node.attributes.get("ceil_mode", 0):
            count = min(-(-room // stride), (begins[i] + size - 1) // stride) + 1
            ends[i] = max((count - 1) * stride + span - begins[i] - size, 0)
        counts.append(count)
    ones, zeros = (1,) * (2 - len(sizes)), (0,) * (2 - len(sizes))
    return Window(
        kernel=(*ones, *kernel), stride=(*ones, *strides), dilation=(*ones, *dilations),
        padding=(*zeros, *begins, *zeros, *ends), size=(*ones, *counts),
    )  # fmt: skip


def attribute(node: Node, name: str, count: int, default: int | None, low=1, high=MAX_STEP):
    """A list attribute of so many integers within bounds, as a tuple."""
    if name not in node.attributes:
        if default is None:
            raise node.refused(f"Attribute {name} must be given")
        return (default,) * count
    values = list(node.attributes[name])
    if len(values) != count or not all(low <= value <= high for value in values):
        many = "1 integer" if count == 1 else f"{count} integers"
        raise node.refused(f"Attribute {name} must be {many} from {low} to {high}, not {values}")
    return tuple(values)


def _pads(node: Node, sizes, strides, spans) -> tuple[list[int], list[int]]:
    """Padding at the begin and the end of each axis."""
    pads, auto = attribute(node, "pads", 2 * len(sizes), 0, 0, MAX_PAD), _auto(node)
    if auto == "NOTSET":
        return list(pads[: len(sizes)]), list(pads[len(sizes) :])
    if any(pads):
        raise node.refused(f"Attribute pads must be absent where auto_pad is {auto}")
    begins, ends = [], []
    for size, stride, span in zip(sizes, strides, spans):
        last = (-(-size // stride) - 1) * stride  # where the last window starts
        total = last + span - size if auto != "VALID" else 0
        if total < -1:  # of which onnxruntime takes a half away in front, and TensorFlow does not
            what = f"where its windows leave out {-total} pixels at the end"
            raise node.refused(f"Attribute auto_pad must not be {auto} {what}")
        total = max(total, 0)
        less, more = total // 2, total - total // 2
        begins.append(less if auto == "SAME_UPPER" else more)
        ends.append(more if auto == "SAME_UPPER" else less)
    return begins, ends


def _auto(node: Node) -> str:
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto not in AUTO_PADS:
        raise node.refused(f"Attribute auto_pad must be one of {', '.join(AUTO_PADS)}, not {auto}")
    return auto
