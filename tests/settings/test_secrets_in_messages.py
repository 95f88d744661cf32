"""A secret that somebody wrote down where its place is wanted is never seen again."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, SecretStr, field_validator

from paver import registry
from paver.contract.driver import Driver
from paver.contract.errors import SpecError
from paver.contract.spec import DriverSettings
from paver.contract.types import Map, Name, SpecSecret
from paver.settings import load_spec

SECRET = "hunter2hunter2"
WRITTEN = [
    f"{SECRET}",
    f'"{SECRET}"',
    f"'{SECRET}: {SECRET}'",
    f"{SECRET}:{SECRET}",
    f"[{SECRET}]",
    f"{{{SECRET}: {SECRET}}}",
    f"{{{SECRET}}}",
    f"{{store: file, path: x, {SECRET}: x}}",
    f"{{store: {SECRET}!, path: x}}",
    f"*{SECRET}",
    f"&{SECRET} x",
    f"!{SECRET} x",
    f"@{SECRET}",
    f"{SECRET}: {SECRET}",
    f"env:{'x' * 2000}{SECRET}",
    f"|\n        {SECRET}\n        {SECRET}",
    f'"\\x00{SECRET}"',
]


class _Inner(BaseModel):
    password: SpecSecret


class _Settings(DriverSettings):
    password: SpecSecret
    passwords: Map[Name, SpecSecret] | None = None
    inner: _Inner | None = None
    own: str | None = None

    @field_validator("own")
    @classmethod
    def _own(cls, value: str) -> str:
        raise ValueError(f"{value} is no good")


class _Sealed(Driver[_Settings]):
    name = "sealed"
    settings = _Settings

    def resources(self, spec, settings):
        return ()

    def connect(self, settings, secrets, owner):
        raise NotImplementedError

    def describe(self, spec, settings, seen, identity):
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _sealed(monkeypatch):
    monkeypatch.setattr(registry, "driver", lambda name: _Sealed())


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    "place",
    [
        "  sealed:\n    password: {}\n",
        "  sealed:\n    password: env:X\n    passwords: {{root: env:X}}\n    inner:\n      password: {}\n",
        "  sealed:\n    password: env:X\n    passwords:\n      root: {}\n",
    ],
)
def test_a_secret_that_is_written_down_is_refused_and_not_repeated(written, place, example, said, tmp_path):
    text = example.partition("  memory:")[0] + place.format(written)
    found = said(text)
    assert found
    assert SECRET not in "".join(found)
    with pytest.raises(SpecError) as refused:
        load_spec("environment.yml", iaas="sealed", environ={})
    assert (
        SECRET not in f"{refused.value}{refused.value.messages}{refused.value.__cause__!r}{refused.value.__context__!r}"
    )


@pytest.mark.parametrize("written", WRITTEN)
def test_the_place_of_what_paver_keeps_is_no_place_for_a_secret_either(written, example, said):
    found = said(example.replace("secrets: vault:kv/paver/staging", f"secrets: {written}"))
    assert found
    assert SECRET not in "".join(found)


def test_a_secret_in_a_variable_is_not_repeated(example, said):
    found = said(example.replace("memory:", "sealed:"), PAVER_SPEC__IAAS__SEALED__PASSWORD=SECRET)
    assert any(
        line.startswith(
            "PAVER_SPEC__IAAS__SEALED__PASSWORD: iaas.sealed.password: a secret is named here, never written down"
        )
        for line in found
    )
    assert SECRET not in "".join(found)


def test_a_drivers_own_words_that_quote_the_value_are_replaced(example, said):
    text = example.partition("  memory:")[0] + f"  sealed:\n    password: env:X\n    own: {SECRET}\n"
    assert said(text) == [f"environment.yml:{text.count(chr(10))}:5: iaas.sealed.own: not written as it has to be"]


def test_what_a_secret_is_read_into_shows_nothing():
    assert SECRET not in repr(SecretStr(SECRET))
