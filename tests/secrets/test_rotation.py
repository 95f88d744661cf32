"""An authority is rotated in three steps, and at no moment does anybody meet a certificate that they do not trust."""

import pytest
from kept_world import Kept, certificates, spec_of
from rotating import HOST, INTERMEDIATE, ROOT, WEB, Killed, MortalStore, Site, keeping

from paver.certificates import fingerprint, verify
from paver.contract.errors import Refused, Rejected, SecretMissing, SpecError, Untrusted
from paver.contract.resource import Key
from paver.engine.plan import Action
from paver.kept.document import certificates as paved_certificates
from paver.kept.held import StepName
from paver.kept.listing import listing
from paver.kept.rotation import STEPS


def uses(kept: Kept, name: str = "root") -> list[str]:
    found = paved_certificates(kept.spec, kept.see(), {}, kept.access).authorities[name].certificates
    return [one.use for one in found]


def in_use(kept: Kept, key: Key) -> str:
    return str(kept.seen(str(key)).output("sha256"))


@pytest.mark.parametrize("key", [ROOT, INTERMEDIATE])
def test_the_next_is_trusted_then_signs_then_the_old_one_goes(kept: Kept, key: Key) -> None:
    site, old = Site(kept), in_use(kept, key)
    assert uses(kept, key.name) == ["signs"]
    steps = {"trust": ["signs", "trusted"], "sign": ["signs", "trusted"], "retire": ["signs"]}
    for step, expected in steps.items():
        kept.later(days=1)
        turned = site.rotate(key)
        site.check()
        assert turned.step == step
        assert uses(kept, key.name) == expected
        assert (in_use(kept, key) == old) is (step == "trust")
        assert set(kept.plan().values()) == {Action.KEEP}, "pave would undo the step"
    assert site.told == ["trust", "sign", "retire"]


def test_when_the_new_root_signs_all_below_it_is_signed_anew_for_the_same_keys(kept: Kept) -> None:
    site = Site(kept)
    keys = {key: kept.store.read(f"memory/{key}", "key") for key in ("authorities/intermediate", "certificates/web")}
    root = kept.store.read("memory/authorities/root", "key")
    site.rotate(ROOT)
    turned = site.rotate(ROOT)
    assert turned.signed == (INTERMEDIATE, WEB)
    assert {key: kept.store.read(f"memory/{key}", "key") for key in keys} == keys
    assert kept.store.read("memory/authorities/root", "key") != root


def test_the_old_root_alone_no_longer_verifies_what_is_served_once_it_is_gone(kept: Kept) -> None:
    site = Site(kept)
    before = site.bundle
    for _ in range(3):
        site.rotate(ROOT)
    leaf, chain = site.served
    verify(leaf, [chain], roots=site.bundle, name=HOST, now=kept.now())
    with pytest.raises(Untrusted):
        verify(leaf, [chain], roots=before, name=HOST, now=kept.now())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 9))
def test_killed_at_any_write_the_same_calls_go_on_and_nobody_is_cut_off(kept: Kept, at: int, after: bool) -> None:
    site, old = Site(kept), in_use(kept, ROOT)
    mortal = MortalStore(kept.root, at=at, after=after)
    steps = 0
    while "retire" not in site.told:
        steps += 1
        assert steps < 6
        try:
            site.rotate(ROOT, mortal)
        except Killed:
            site.check()
        site.check()
    assert mortal.writes >= at
    assert [step for index, step in enumerate(site.told) if step not in site.told[:index]] == [
        "trust",
        "sign",
        "retire",
    ]
    assert in_use(kept, ROOT) != old
    assert uses(kept) == ["signs"]
    assert set(kept.plan().values()) == {Action.KEEP}


def test_a_rotation_has_eight_writes(kept: Kept) -> None:
    mortal = MortalStore(kept.root)
    for _ in range(3):
        Site(kept).rotate(ROOT, mortal)
    assert mortal.writes == 8


@pytest.mark.parametrize("at", [2, 3, 4])
def test_pave_finishes_what_a_killed_step_left_undone(kept: Kept, at: int) -> None:
    site = Site(kept)
    site.rotate(ROOT)
    with pytest.raises(Killed):
        site.rotate(ROOT, MortalStore(kept.root, at=at))
    site.check()
    kept.pave()
    site.check()
    assert set(kept.plan().values()) == {Action.KEEP}


def test_a_step_that_nobody_was_told_of_is_told_again_and_no_other_follows(kept: Kept) -> None:
    def dies(turned: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        keeping(kept).rotate(ROOT, None, dies)
    following = kept.store.read("memory/authorities/root", "next_key")
    with pytest.raises(Refused, match=r"trust .* was begun and is not over"):
        Site(kept).rotate(ROOT, step="sign")
    assert Site(kept).rotate(ROOT).step == "trust"
    assert kept.store.read("memory/authorities/root", "next_key") == following


def test_a_call_that_names_its_step_does_it_once(kept: Kept) -> None:
    site = Site(kept)
    for step in STEPS:
        assert not site.rotate(ROOT, step=step).again
        before = {path: kept.store.read_all(path) for path in kept.store.list()}
        assert site.rotate(ROOT, step=step).again
        assert {path: kept.store.read_all(path) for path in kept.store.list()} == before


@pytest.mark.parametrize("step", ["sign", "retire"])
def test_a_step_out_of_turn_is_refused_with_the_one_that_is_next(kept: Kept, step: StepName) -> None:
    with pytest.raises(Refused, match=f"the next step for authority/root is trust, not {step}"):
        Site(kept).rotate(ROOT, step=step)


def test_the_old_root_stays_while_anything_is_signed_by_it(kept: Kept) -> None:
    site = Site(kept)
    leaf = kept.store.read_all("memory/certificates/web")
    site.rotate(ROOT)
    site.rotate(ROOT)
    kept.store.write("memory/certificates/web", leaf)  # a backup that somebody brought back
    with pytest.raises(Refused, match="the old authority/root cannot go") as refused:
        site.rotate(ROOT)
    assert [label for label, _ in refused.value.facts] == ["certificate/web"]
    assert uses(kept) == ["signs", "trusted"]
    kept.pave()
    site.rotate(ROOT)
    assert uses(kept) == ["signs"]


def test_what_an_authority_below_still_trusts_holds_the_old_root(kept: Kept) -> None:
    site = Site(kept)
    for key in (INTERMEDIATE, INTERMEDIATE, ROOT, ROOT):
        site.rotate(key)
        site.check()
    with pytest.raises(Refused) as refused:
        site.rotate(ROOT)
    assert refused.value.hint == "first end the rotation of intermediate: paver certificates rotate intermediate"
    site.rotate(INTERMEDIATE)
    site.rotate(ROOT)
    site.check()


def test_two_rotations_at_once_leave_everybody_trusting(kept: Kept) -> None:
    site = Site(kept)
    for key in (INTERMEDIATE, ROOT, ROOT, INTERMEDIATE, INTERMEDIATE, ROOT):
        site.rotate(key)
        site.check()
        assert set(kept.plan().values()) == {Action.KEEP}


def test_a_change_of_the_spec_begins_a_rotation_and_the_calls_go_on_with_it(kept: Kept) -> None:
    changed = Kept(kept.root, spec_of(certificates=certificates(root="4000d")))
    changed.pave()
    site = Site(changed)
    assert uses(changed) == ["signs", "trusted"]
    assert [site.rotate(ROOT).step for _ in range(2)] == ["sign", "retire"]
    site.check()


def test_an_authority_that_something_stands_on_is_not_deleted(kept: Kept) -> None:
    other = certificates()
    other["authorities"] = {"other": {}, "intermediate": {"signed_by": "other"}}
    moved = Kept(kept.root, spec_of(certificates=other))
    moved.pave()
    root = moved.seen("authority/root")
    kind = moved.session.kinds["authority"]
    attempt = moved.attempt(next(want for want in kept.wants() if want.key == ROOT))
    with pytest.raises(Rejected, match="it signed authority/intermediate"):
        kind.delete(root, attempt)
    assert root.id in moved.seen("authority/intermediate").needs, "a destroy takes them in the wrong order"
    site = Site(moved)
    for step in ("sign", "retire"):
        assert site.rotate(INTERMEDIATE).step == step
    kind.delete(root, attempt)


def test_a_servers_certificate_is_issued_anew_at_once_and_the_last_stays_valid(kept: Kept) -> None:
    site, old = Site(kept), in_use(kept, WEB)
    key = kept.store.read("memory/certificates/web", "key")
    assert site.rotate(WEB).step == "issue"
    assert in_use(kept, WEB) != old
    assert kept.store.read("memory/certificates/web", "key") != key
    site.check()
    with pytest.raises(SpecError, match="has no steps"):
        site.rotate(WEB, step="sign")


def test_what_is_not_in_this_store_is_not_rotated(kept: Kept) -> None:
    kept.store.delete("memory/authorities/root")
    with pytest.raises(SecretMissing, match="memory/authorities/root"):
        keeping(kept).rotate(ROOT, None, lambda turned: None)


def test_a_name_that_two_things_bear_is_asked_for_in_full(kept: Kept) -> None:
    both = Kept(kept.root, spec_of(certificates=certificates(leaves={"root": {"names": ["root"]}})))
    with pytest.raises(SpecError, match="root is two things: authority/root and certificate/root"):
        keeping(both).key("root")
    assert keeping(both).key("certificate/root").kind == "certificate"
    with pytest.raises(SpecError, match="no authority or certificate nowhere"):
        keeping(both).key("nowhere")


def test_the_list_tells_how_far_a_rotation_is(kept: Kept) -> None:
    holdings = keeping(kept).holdings
    assert [(row.name, row.use) for row in listing(kept.spec, holdings).rows] == [
        ("root", "signs"),
        ("intermediate", "signs"),
        ("web", "serves"),
    ]
    site = Site(kept)
    site.rotate(ROOT)
    site.rotate(ROOT)
    found = listing(kept.spec, holdings)
    (rotating,) = found.rotating
    assert (rotating.name, rotating.step, rotating.over, rotating.following) == ("root", "sign", True, "retire")
    assert rotating.until is not None
    root = [row for row in found.rows if row.name == "root"]
    assert [row.use for row in root] == ["signs", "trusted"]
    assert root[0].sha256 == fingerprint(kept.store.read("memory/authorities/root", "certificate").get_secret_value())
    site.rotate(ROOT)
    assert listing(kept.spec, holdings).rotating == ()
