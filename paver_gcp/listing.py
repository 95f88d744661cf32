"""One look at a project."""

from __future__ import annotations

from typing import Any

from paver.contract import listing
from paver_gcp.api import Api, Record


class Look(listing.Look[Api, Record]):
    """Asks by path, and reads every list to its end."""

    def pages(self, service: str, path: str, within: str, **query: Any) -> list[Record]:
        """A list to its end, asked for once."""
        return self.once(
            (service, path, repr(sorted(query.items()))), lambda: self.api.pages(service, path, within, **query)
        )
