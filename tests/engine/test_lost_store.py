"""The secret store is empty, or another machine's: nothing is changed, every secret is named, and consent converges."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from memory_lives import Life

from paver.contract.errors import SecretMissing


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.write()
    return life


ALL = ("blobstore", "bosh-cpi", "intermediate", "jumpbox", "root")


def test_a_store_that_is_gone_is_refused_naming_each_secret(life: Life) -> None:
    life.pave()
    shutil.rmtree(life.directory / "secrets" / "memory")
    mutations = life.hand.mutations()
    with pytest.raises(SecretMissing) as refused:
        life.pave()
    assert (refused.value.exit_code, refused.value.names) == (6, ALL)
    assert life.hand.mutations() == mutations
    life.pave(replace_secrets=frozenset(ALL))
    assert life.plan().empty


def test_consent_to_some_of_them_is_consent_to_no_other(life: Life) -> None:
    life.pave()
    shutil.rmtree(life.directory / "secrets" / "memory")
    with pytest.raises(SecretMissing) as refused:
        life.pave(replace_secrets=frozenset({"blobstore", "root"}))
    assert refused.value.names == ("bosh-cpi", "intermediate", "jumpbox")


def test_a_lost_password_is_named_and_whoever_has_the_old_one_is_made_anew(life: Life) -> None:
    life.pave()
    (life.directory / "secrets" / "memory" / "bosh-cpi").unlink()
    mutations = life.hand.mutations()
    with pytest.raises(SecretMissing) as refused:
        life.pave()
    assert refused.value.names == ("bosh-cpi",)
    assert life.hand.mutations() == mutations
    assert set(life.steps(replace_secrets=frozenset({"bosh-cpi"}))) == {"credential/bosh-cpi", "account/bosh-cpi"}
    life.pave(replace_secrets=frozenset({"bosh-cpi"}))
    assert life.plan().empty


def test_a_store_of_an_environment_that_is_not_there_is_simply_filled(life: Life) -> None:
    life.pave()
    life.destroy()
    shutil.rmtree(life.directory / "secrets", ignore_errors=True)
    life.pave()
    assert life.plan().empty
