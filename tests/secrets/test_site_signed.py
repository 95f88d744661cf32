"""What the site's own authority signs: a request goes out, a certificate comes in, and the rest goes on meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kept_world import THEM, Kept, certificates, spec_of
from pydantic import ValidationError
from rotating import INTERMEDIATE, WEB, Killed, MortalStore, Site, keeping
from site_authority import SiteAuthority

from paver.contract.errors import Rejected, SpecError
from paver.contract.resource import Key, Phase
from paver.contract.spec import EnvironmentSpec
from paver.engine.plan import Action
from paver.kept.document import certificates as paved_certificates

SITE, OTHERS = SiteAuthority(), SiteAuthority("others")


def spec(leaf: dict[str, Any] | None = None, **authorities: Any) -> EnvironmentSpec:  # noqa: ANN401  parts of a spec
    found = certificates(leaves={"web": {"names": ["web"], "signed_by": "corporate", **(leaf or {})}})
    found["authorities"] |= authorities
    return spec_of(certificates={**found, "trusted": {"corporate": SITE.root.certificate}})


def below_the_site() -> EnvironmentSpec:
    return spec({"signed_by": "intermediate"}, intermediate={"signed_by": "corporate"})


def paved(root: Path, found: EnvironmentSpec) -> Kept:
    """As far as it goes without the site."""
    kept = Kept(root, found)
    for want in kept.wants():
        if want.key.kind == "credential" or (want.key.kind == "authority" and not getattr(want, "site", None)):
            kept.create(want)
    return kept


def requested(kept: Kept, key: Key = WEB) -> str:
    request = keeping(kept).request(key).request
    assert request is not None
    return request.text


def taken(kept: Kept, key: Key = WEB, text: str = "") -> None:
    found = keeping(kept).take(key, text or SITE.sign(requested(kept, key), kept.now()), "signed.pem")
    assert not found.again


def test_a_certificate_of_the_sites_is_asked_for_and_stops_only_what_needs_it(root: Path) -> None:
    kept = paved(root, spec())
    want = next(want for want in kept.wants() if want.key == WEB)
    with pytest.raises(Rejected, match="it waits for the signature of corporate") as refused:
        kept.create(want)
    assert refused.value.hint.startswith("paver certificates request web --out web.csr")
    assert kept.seen("certificate/web").phase is Phase.PENDING
    assert kept.plan()["certificate/web"] is Action.RESUME
    before = kept.store.read_all("memory/certificates/web")
    with pytest.raises(Rejected, match="waits for the signature"):
        kept.pave()
    assert kept.store.read_all("memory/certificates/web") == before
    assert "certificate" not in before
    found = paved_certificates(kept.spec, kept.see(), {}, kept.access)
    assert (list(found.authorities), dict(found.leaves)) == (["root", "intermediate"], {})


def test_what_the_site_signed_is_served_with_its_chain_and_nothing_more_is_wanted(root: Path) -> None:
    kept = paved(root, spec())
    taken(kept)
    kept.pave()
    assert set(kept.plan().values()) == {Action.KEEP}
    Site(kept).check()
    assert kept.store.read("memory/certificates/web", "chain").get_secret_value() == SITE.issuing.certificate
    found = paved_certificates(kept.spec, kept.see(), {}, kept.access)
    assert (found.leaves["web"].signed_by, found.bundle) == ("corporate", ("root", "corporate"))


def test_a_request_is_the_same_until_it_is_answered(root: Path) -> None:
    kept = paved(root, spec())
    assert requested(kept) == requested(kept)
    taken(kept)
    with pytest.raises(SpecError, match="asks for nothing now"):
        keeping(kept).request(WEB)


def test_what_was_taken_already_is_taken_again_without_a_change(root: Path) -> None:
    kept = paved(root, spec())
    signed = SITE.sign(requested(kept), kept.now())
    taken(kept, text=signed)
    before = kept.store.read_all("memory/certificates/web")
    assert keeping(kept).take(WEB, signed, "signed.pem").again
    assert kept.store.read_all("memory/certificates/web") == before
    with pytest.raises(SpecError, match="certificate/web asks for no signature"):
        keeping(kept).take(WEB, OTHERS.root.certificate, "other.pem")


def test_what_does_not_fit_changes_nothing_and_every_reason_names_the_file(root: Path) -> None:
    kept = paved(root, spec())
    request = requested(kept)
    before = kept.store.read_all("memory/certificates/web")
    with pytest.raises(SpecError, match=r"signed\.pem is not what certificate/web asked for") as refused:
        keeping(kept).take(WEB, OTHERS.sign(request, kept.now()), "signed.pem")
    assert refused.value.exit_code == 2
    (message,) = refused.value.messages
    assert message.startswith("signed.pem: no chain leads from it to corporate")
    assert kept.store.read_all("memory/certificates/web") == before


def test_a_changed_spec_asks_anew_and_what_there_is_stays_in_use(root: Path) -> None:
    kept = paved(root, spec())
    taken(kept)
    served = Site(kept).served
    changed = Kept(root, spec({"names": ["web", "www"]}))
    assert changed.plan()["certificate/web"] is Action.UPDATE
    with pytest.raises(Rejected, match="what there is of it stays in use until then"):
        changed.pave()
    assert Site(changed).served == served
    assert changed.seen("certificate/web").phase is Phase.READY
    taken(changed)
    assert changed.plan()["certificate/web"] is Action.KEEP
    assert Site(changed).served != served


def test_an_answer_to_an_older_spec_is_not_taken(root: Path) -> None:
    kept = paved(root, spec())
    signed = SITE.sign(requested(kept), kept.now())
    changed = Kept(root, spec({"names": ["web", "www"]}))
    with pytest.raises(SpecError, match="has changed since it was asked for"):
        keeping(changed).take(WEB, signed, "signed.pem")
    assert requested(changed) != requested(kept)


def test_a_servers_next_certificate_is_asked_for_beside_the_one_in_use(root: Path) -> None:
    kept = paved(root, spec())
    taken(kept)
    site = Site(kept)
    assert site.rotate(WEB).step == "request"
    assert site.rotate(WEB).again
    site.check()
    served = site.served
    taken(kept)
    assert Site(kept).served != served
    site.check()


def test_leaving_the_site_issues_at_once_and_going_to_it_waits(root: Path) -> None:
    kept = paved(root, spec())
    requested(kept)
    own = Kept(root, spec({"signed_by": "intermediate"}))
    own.pave()
    assert set(own.plan().values()) == {Action.KEEP}
    Site(own).check()
    back = Kept(root, spec())
    served = Site(back).served
    with pytest.raises(Rejected, match="waits for the signature"):
        back.pave()
    assert Site(back).served == served
    taken(back)
    back.pave()
    assert set(back.plan().values()) == {Action.KEEP}


def test_an_authority_below_the_sites_signs_once_it_is_signed(root: Path) -> None:
    kept = paved(root, below_the_site())
    leaf = next(want for want in kept.wants() if want.key == WEB)
    with pytest.raises(Rejected, match="waits for the signature of corporate"):
        kept.create(next(want for want in kept.wants() if want.key == INTERMEDIATE))
    with pytest.raises(Rejected, match="authority/intermediate waits for a signature and signs nothing yet"):
        kept.session.kinds["certificate"].create(leaf.model_copy(update={"signer": "0" * 64}), kept.attempt(leaf))
    taken(kept, INTERMEDIATE)
    kept.pave()
    assert set(kept.plan().values()) == {Action.KEEP}
    Site(kept).check()


def test_an_authority_below_the_sites_is_rotated_like_any_other(root: Path) -> None:
    kept = paved(root, below_the_site())
    taken(kept, INTERMEDIATE)
    kept.pave()
    site = Site(kept)
    assert site.rotate(INTERMEDIATE).step == "request"
    site.check()
    taken(kept, INTERMEDIATE)
    site.check()
    assert set(kept.plan().values()) == {Action.KEEP}
    for step in ("sign", "retire"):
        assert site.rotate(INTERMEDIATE).step == step
        site.check()
        assert set(kept.plan().values()) == {Action.KEEP}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_it_takes_a_certificate_the_same_call_ends_it(root: Path, after: bool) -> None:
    kept = paved(root, spec())
    signed = SITE.sign(requested(kept), kept.now())
    with pytest.raises(Killed):
        keeping(kept, MortalStore(root, at=1, after=after)).take(WEB, signed, "signed.pem")
    assert keeping(kept).take(WEB, signed, "signed.pem").again is after
    kept.pave()
    Site(kept).check()


def test_what_is_ours_to_sign_is_asked_of_nobody(root: Path) -> None:
    kept = paved(root, spec())
    with pytest.raises(SpecError, match="signed by root, this environment's own"):
        keeping(kept).request(INTERMEDIATE)


def test_an_entry_of_another_environment_is_not_asked_for(root: Path) -> None:
    requested(paved(root, spec()))
    theirs = Kept(root, spec_of(THEM, certificates=spec().certificates.model_dump()))
    with pytest.raises(Exception, match="not this environment's"):
        keeping(theirs).request(WEB)


def test_a_trusted_certificate_that_is_called_like_an_authority_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        spec_of(certificates={**certificates(), "trusted": {"root": SITE.root.certificate}})
    (error,) = refused.value.errors(include_input=False)
    (path, what), *_ = error["ctx"]["problems"]
    assert path == ("certificates", "trusted", "root")
    assert what.startswith("root is an authority of paver's own")
