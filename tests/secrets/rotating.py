"""A site with clients and servers: they get what a rotation made only when somebody was told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kept_world import Kept
from pydantic import SecretStr

from paver.certificates import verify
from paver.contract.resource import Key
from paver.kept.document import certificates
from paver.kept.held import StepName
from paver.kept.holdings import Holdings
from paver.kept.keeping import Keeping
from paver.kept.rotation import Turned
from paver.secrets import DirectoryStore

ROOT, INTERMEDIATE, WEB = (Key.parse(text) for text in ("authority/root", "authority/intermediate", "certificate/web"))
HOST = "web.staging.example.com"


class Killed(BaseException):
    """Stands for SIGKILL at a write."""


class MortalStore(DirectoryStore):
    """A store whose process dies at its n-th write, before it or after it; 0: never."""

    def __init__(self, root: Path, *, at: int = 0, after: bool = False) -> None:
        super().__init__(root, reference="secrets")
        self.at, self.after, self.writes = at, after, 0

    def write(self, path: str, values: Mapping[str, SecretStr]) -> None:
        self.writes += 1
        if self.writes == self.at and not self.after:
            raise Killed
        super().write(path, values)
        if self.writes == self.at:
            raise Killed


def keeping(kept: Kept, store: DirectoryStore | None = None) -> Keeping:
    """The certificates of an environment, by way of its own store or of one that dies."""
    holdings = Holdings(store or kept.store, "memory", kept.spec.owner, kept.now)
    return Keeping(kept.session, holdings, kept.wants())


@dataclass
class Site:
    """Everybody who relies on an environment's certificates."""

    kept: Kept
    bundle: list[str] = field(default_factory=list)
    """What every client trusts."""
    served: tuple[str, str] = ("", "")
    """What every server sends: its certificate and its chain."""
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bundle, self.served = self.stored_bundle(), self.stored_leaf()

    def stored_bundle(self) -> list[str]:
        found = certificates(self.kept.spec, self.kept.see(), {}, self.kept.access)
        roots = [found.authorities[name] for name in found.bundle if name in found.authorities]
        return [one.pem for root in roots for one in root.certificates] + [one.pem for one in found.trusted.values()]

    def stored_leaf(self) -> tuple[str, str]:
        values = self.kept.store.read_all("memory/certificates/web")
        chain = values["chain"].get_secret_value() if "chain" in values else ""
        return values["certificate"].get_secret_value(), chain

    def told_of(self, turned: Turned) -> None:
        """The pipeline's part between two steps: every client gets the bundle, then every server its certificate."""
        self.told.append(turned.step)
        self.bundle = self.stored_bundle()
        self.served = self.stored_leaf()

    def check(self) -> None:
        """Whoever has what was told trusts what is stored, and the other way round."""
        for bundle in (self.bundle, self.stored_bundle()):
            for leaf, chain in (self.served, self.stored_leaf()):
                between = [f"{part}-----END CERTIFICATE-----\n" for part in chain.split("-----END CERTIFICATE-----\n")]
                verify(leaf, between[:-1], roots=bundle, name=HOST, now=self.kept.now())

    def rotate(self, key: Key, store: DirectoryStore | None = None, step: StepName | None = None) -> Turned:
        return keeping(self.kept, store).rotate(key, step, self.told_of)
