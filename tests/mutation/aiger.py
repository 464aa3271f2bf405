"""Binary AIGER models with constants at some of their inputs."""

__all__ = ["inputs", "with_constants"]


def inputs(model: bytes) -> dict[str, int]:
    """The literal of each input that has a name, as ``name[bit]``, or ``name`` of one bit."""
    found = {}
    for line in model[_split(model)[3] :].split(b"\n"):
        if line[:1] == b"c":
            break
        if line[:1] == b"i":
            place, _, name = line[1:].partition(b" ")
            found[name.decode()] = 2 * int(place) + 2
    return found


def with_constants(model: bytes, values: dict[int, int]) -> bytes:
    """The model, without names, with these values in place of these inputs' literals."""
    numbers, lines, begin, end = _split(model)
    swap = {literal ^ flip: value ^ flip for literal, value in values.items() for flip in (0, 1)}
    lines = [b" ".join([b"%d" % swap.get(int(first), int(first)), *rest])
             for first, *rest in map(bytes.split, lines)]  # fmt: skip
    gates, place, left = bytearray(), begin, 2 * (numbers[1] + numbers[2] + 1)
    for _ in range(numbers[4]):
        far, place = _number(model, place)
        near, place = _number(model, place)
        pair = left - far, left - far - near
        one, other = sorted((swap.get(x, x) for x in pair), reverse=True)
        _put(gates, left - one)
        _put(gates, one - other)
        left += 2
    assert place == end
    head = b"aig " + b" ".join(b"%d" % number for number in numbers[:5])
    return b"\n".join([head, *lines, bytes(gates)])


def _split(model: bytes) -> tuple[list[int], list[bytes], int, int]:
    """The numbers of the head, the lines of latches and outputs, and where the gates are."""
    head, _, rest = model.partition(b"\n")
    numbers = [int(number) for number in head.split()[1:]]
    lines = rest.split(b"\n", numbers[2] + numbers[3])[:-1]
    begin = len(head) + 1 + sum(len(line) + 1 for line in lines)
    end = begin
    for _ in range(2 * numbers[4]):
        _, end = _number(model, end)
    return numbers, lines, begin, end


def _number(data: bytes, place: int) -> tuple[int, int]:
    """What stands there, seven bits a byte, lowest first; and where the next begins."""
    found = shift = 0
    while data[place] & 0x80:
        found |= (data[place] & 0x7F) << shift
        shift, place = shift + 7, place + 1
    return found | data[place] << shift, place + 1


def _put(data: bytearray, number: int) -> None:
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
