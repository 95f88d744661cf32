"""The credentials file that a section names: of a service account, or of a person who signed in with gcloud.

What a file of another type says is run (a program, a request to anywhere), so that only Google's own chain takes it
(google-auth's guide, "Security considerations for externally sourced credentials").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from paver.contract.errors import Denied

CHAIN = "set GOOGLE_APPLICATION_CREDENTIALS to it instead"


def from_key(key: SecretStr, scope: str) -> Any:
    """google-auth's credentials of a service account, from its key: a credentials file, whole. Raises Denied."""
    from google.oauth2 import service_account  # noqa: PLC0415  whoever only plans on paper needs none

    try:
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth types no part of it
            json.loads(key.get_secret_value()), scopes=[scope]
        )
    except (ValueError, AttributeError, KeyError, TypeError):
        # The text that does not fit may be the key itself.
        raise Denied("the key of the service account is no credentials file of Google's") from None


def from_file(file: str, scope: str) -> Any:
    """google-auth's credentials. Raises Denied, by the file's name, where they cannot be read."""
    from google.oauth2 import credentials, service_account  # noqa: PLC0415  whoever only plans on paper needs none

    try:
        told = json.loads(Path(file).read_text(encoding="utf-8"))
        kind = told.get("type")
        if kind == "service_account":
            return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth types no part of it
                told, scopes=[scope]
            )
        if kind == "authorized_user":
            return credentials.Credentials.from_authorized_user_info(  # type: ignore[no-untyped-call]  # the same
                told, scopes=[scope]
            )
    except OSError as error:
        raise Denied(f"the credentials file {file} cannot be read: {error.strerror}") from None
    except (ValueError, AttributeError, KeyError):
        # The text that does not fit may be the key itself.
        raise Denied(f"the credentials file {file} is none of Google's") from None
    raise Denied(f"a credentials file of type {kind} is not taken from a spec: {file}", hint=CHAIN)
