"""A tiny reader of FST files: their blocks, and the names of their hierarchy."""

import struct

__all__ = ["names", "unpacked"]

HEADER, GEOMETRY, HIERARCHY = 0, 3, 6
ATTRIBUTE, SCOPE, UP = 252, 254, 255
DATA = range(4, 9)


def names(data: bytes) -> set[str]:
    """The full names of all variables, of a file whose blocks must be whole."""
    blocks = list(_blocks(data))
    kinds = [kind for kind, _ in blocks]
    assert kinds[0] == HEADER and GEOMETRY in kinds and any(kind in DATA for kind in kinds)
    (packed,) = (body for kind, body in blocks if kind == HIERARCHY)
    text = unpacked(packed[8:])
    assert len(text) == struct.unpack(">Q", packed[:8])[0]
    found, scopes, at = set(), [], 0
    while at < len(text):
        kind, at = text[at], at + 1
        if kind == SCOPE:
            name, at = _text(text, at + 1)
            _, at = _text(text, at)
            scopes.append(name)
        elif kind == UP:
            scopes.pop()
        elif kind == ATTRIBUTE:
            _, at = _text(text, at + 2)
            at = _behind(text, at)
        elif kind < 32:  # a variable: direction, name, bits, alias
            name, at = _text(text, at + 1)
            at = _behind(text, _behind(text, at))
            found.add(".".join([*scopes, name.partition(" ")[0]]))
        else:
            raise AssertionError(f"hierarchy has a record {kind}")
    assert not scopes
    return found


def _blocks(data: bytes):
    at = 0
    while at < len(data):
        (size,) = struct.unpack(">Q", data[at + 1 : at + 9])
        assert at + 1 + size <= len(data)
        yield data[at], data[at + 9 : at + 1 + size]
        at += 1 + size


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 1


def _behind(data: bytes, at: int) -> int:
    """The place behind a number of LEB128."""
    return next(place for place in range(at, len(data)) if data[place] < 128) + 1


def unpacked(data: bytes) -> bytes:
    """What an LZ4 block holds, by its description (lz4_Block_format.md)."""
    out, at = bytearray(), 0

    def length(nibble: int) -> int:
        nonlocal at
        more = nibble == 15
        while more:
            more, nibble, at = data[at] == 255, nibble + data[at], at + 1
        return nibble

    while True:
        token, at = data[at], at + 1
        count = length(token >> 4)
        out += data[at : at + count]
        at += count
        if at == len(data):
            return bytes(out)
        (offset,) = struct.unpack("<H", data[at : at + 2])
        at += 2
        assert 0 < offset <= len(out)
        for _ in range(length(token & 15) + 4):
            out.append(out[-offset])
