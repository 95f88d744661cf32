"""Credentials files: which are taken, and that nothing of a file is ever told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gcp_staging import SECTION

from paver.contract.errors import Denied
from paver_gcp.api import Api
from paver_gcp.credentials import from_file
from paver_gcp.sdk import SCOPE
from paver_gcp.settings import GcpSettings

USER = {"type": "authorized_user", "client_id": "id", "client_secret": "s3cret", "refresh_token": "t0ken"}


def written(directory: Path, text: str) -> str:
    file = directory / "credentials.json"
    file.write_text(text)
    return str(file)


def test_a_person_who_signed_in_with_gcloud_is_taken(tmp_path: Path) -> None:
    found = from_file(written(tmp_path, json.dumps(USER)), SCOPE)
    assert found.refresh_token == "t0ken"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps({"type": "external_account", "credential_source": {"executable": {"command": "rm"}}}),
         "of type external_account is not taken"),
        (json.dumps({"type": "service_account", "private_key": "s3cret"}), "is none of Google's"),
        ('{"private_key": "s3cret', "is none of Google's"),
        ("[]", "is none of Google's"),
    ],
)  # fmt: skip
def test_any_other_file_is_refused_and_nothing_of_it_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Denied, match=said) as refused:
        from_file(written(tmp_path, text), SCOPE)
    assert "s3cret" not in str(refused.value)
    assert "rm" not in refused.value.message.split()


def test_where_there_are_no_credentials_the_hint_says_how_to_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: Any, **__: Any) -> None:
        from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415  it is loaded where it is raised

        raise DefaultCredentialsError("none")

    monkeypatch.setattr("google.auth.default", nothing)
    api = Api(GcpSettings.model_validate(SECTION))
    with pytest.raises(Denied, match="there are no credentials") as refused:
        api.read("cloudresourcemanager", "projects/acme-staging")
    assert "gcloud auth application-default login" in refused.value.hint
