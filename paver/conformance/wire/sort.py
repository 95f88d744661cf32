"""What a request may do at the server."""

from __future__ import annotations

from enum import StrEnum


class Sort(StrEnum):
    """What a request may do at the server."""

    MUTATION = "mutation"
    READ = "read"
    BOOKKEEPING = "bookkeeping"  # of sessions and leases: it changes nothing that stays
