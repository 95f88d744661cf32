"""What people ask of certificates by name: rotate one, ask the site to sign one, take what it signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from paver.certificates import Asked, Unfit, fingerprint, fit, load_all
from paver.contract.errors import AlreadyExists, Rejected, SpecError
from paver.contract.resource import Desired, Key, Ref
from paver.engine.diff import resolved
from paver.kept.held import PLACES, Held, StepName
from paver.kept.holdings import Holdings
from paver.kept.rotation import Approve, Rotation, Tell, Turned, consent
from paver.kept.session import StoreSession
from paver.kept.signed import SignedKind
from paver.kept.wanted import AuthorityWanted, CertificateWanted

Wanted = AuthorityWanted | CertificateWanted


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a certificate that the site signed."""

    key: Key
    held: Held
    again: bool
    """Whether it was taken before, and nothing is changed."""


class Keeping:
    """One environment's authorities and certificates, as the spec wants them and as the store has them.

    Args:
        session: The store's session: its nouns make what is new.
        holdings: What the store has.
        wanted: Everything that the spec wants of the store.
    """

    def __init__(self, session: StoreSession, holdings: Holdings, wanted: Iterable[Desired]) -> None:
        self.holdings = holdings
        self._kinds: Mapping[str, SignedKind[Any]] = {kind: session.kinds[kind] for kind in PLACES}  # type: ignore[misc]  # those two are
        self._wanted: Mapping[Key, Wanted] = {
            want.key: want for want in wanted if isinstance(want, AuthorityWanted | CertificateWanted)
        }

    def key(self, name: str) -> Key:
        """Which one is meant: `web`, or `certificate/web` where an authority is called the same.

        Raises:
            SpecError: None, or two.
        """
        found = [key for key in self._wanted if name in (key.name, str(key))]
        if len(found) == 1:
            return found[0]
        if found:
            raise SpecError(f"{name} is two things: {' and '.join(map(str, found))}", hint="name one of them in full")
        there = ", ".join(key.name for key in self._wanted) or "(there is none)"
        raise SpecError(f"the spec has no authority or certificate {name}", hint=f"there is: {there}")

    def rotate(self, key: Key, step: StepName | None, tell: Tell, approve: Approve = consent) -> Turned:
        """The next step of an authority's rotation; another certificate for a server, at once.

        Raises:
            SpecError: A server's certificate has no steps.
            PaverError: As `Rotation.turn`.
        """
        if key.kind == "authority":
            return Rotation(self.holdings, self._made, tell, approve).turn(key, step)
        if step is not None:
            raise SpecError(f"{key} has no steps: it is issued anew at once", hint="leave --step out")
        turned = self._reissue(self.holdings.read(key))
        tell(turned)
        return turned

    def request(self, key: Key) -> Held:
        """The entry with a request for the site in it, made and kept where there is none yet.

        Raises:
            SpecError: There is nothing to ask the site for.
        """
        want = self._want(key)
        if want.site is None:
            raise SpecError(
                f"{key} is signed by {want.signed_by or 'itself'}, this environment's own: nobody is to be asked",
                hint="signed_by names one of certificates.trusted where the site signs",
            )
        held = self.holdings.find(key)
        if held is None:
            return self._first(want)
        asked = held.requested if held.request is not None else held.fields
        if dict(asked) != self._compared(want):
            held = self._made(held)
            self.holdings.write(held)
        elif held.request is None:
            raise SpecError(
                f"{key} has what it asked for, and asks for nothing now",
                hint=f"paver certificates rotate {key.name} asks for the next",
            )
        return held

    def take(self, key: Key, text: str, source: str) -> Taken:
        """Put what the site signed to use, if it is what was asked for. Nothing is changed where it is not.

        Args:
            key: Whose it is.
            text: The file's text: the certificate and the authorities between it and the site's, PEM.
            source: The file's name, for messages.

        Raises:
            SpecError: It does not fit; every reason is told.
        """
        held, want = self.holdings.read(key), self._want(key)
        if held.request is None:
            if self._has(held, text):
                return Taken(key, held, again=True)
            raise SpecError(f"{key} asks for no signature", hint=f"paver certificates request {key.name}")
        if want.site is None or dict(held.requested) != self._compared(want):
            raise SpecError(
                f"the spec of {key} has changed since it was asked for", hint=f"paver certificates request {key.name}"
            )
        names = want.names if isinstance(want, CertificateWanted) else None
        path_length = want.path_length if isinstance(want, AuthorityWanted) else None
        asked = Asked(held.request.key, want.site, want.signed_by or "", names, path_length)
        try:
            signed = fit(text, asked, self.holdings.now())
        except Unfit as error:
            raise SpecError(
                f"{source} is not what {key} asked for; nothing was changed",
                messages=[f"{source}: {fault}" for fault in error.faults],
            ) from None
        held = held.accepted(signed, self.holdings.now())
        self.holdings.write(held)
        return Taken(key, held, again=False)

    def _reissue(self, held: Held) -> Turned:
        want = self._want(held.key)
        if held.request is not None and dict(held.requested) == self._compared(want):
            return Turned(held.key, "request", held, again=True)
        held = self._made(held)
        self.holdings.write(held)
        return Turned(held.key, "issue" if held.request is None else "request", held)

    def _first(self, want: Wanted) -> Held:
        held = self._made(Held(want.key, {}, self.holdings.now()))
        if not self.holdings.add(held):
            raise AlreadyExists(f"{want.key} is in the secret store already, and is not this environment's")
        return held

    def _made(self, held: Held) -> Held:
        want = self._want(held.key)
        return self._kinds[held.key.kind].made(held, want, self.holdings.owner)

    def _want(self, key: Key) -> Wanted:
        """What the spec wants of it, its signer known. Raises Rejected where its authority is not there yet."""

        def signer(ref: Ref) -> JsonValue:
            return fingerprint(self.holdings.issuer(ref.to.name).certificate)

        return resolved(self._wanted[key], signer)  # type: ignore[return-value]  # the same noun

    def _compared(self, want: Wanted) -> dict[str, JsonValue]:
        return self._kinds[want.key.kind].compared(want)

    def _has(self, held: Held, text: str) -> bool:
        """Whether a file's text holds what is in use, or next, already."""
        ours = load_all("".join(made.certificate for made in (held.current, held.following) if made is not None))
        try:
            return any(certificate in ours for certificate in load_all(text))
        except Rejected:
            return False
