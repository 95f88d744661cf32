"""One look at an account."""

from __future__ import annotations

from typing import Any

from paver.contract import listing
from paver_aws.api import Api, Record


class Look(listing.Look[Api, Record]):
    """Asks by operation, and reads every list to its end."""

    def pages(self, service: str, method: str, within: str, **arguments: Any) -> list[Record]:
        """A list to its end, asked for once."""
        return self.once(
            (service, method, repr(sorted(arguments.items()))),
            lambda: self.api.pages(service, method, within, **arguments),
        )
