"""What every record of a network is."""

from msgspec import Struct


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """Immutable; refuses unknown fields; compared by identity, as it holds arrays."""
