"""Keys of service accounts: the private half shows once. A key bears no mark, so its account says which is stored."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import SecretStr

from paver.contract.answers import changed
from paver.contract.names import marker
from paver.contract.resource import (
    Answer,
    Attempt,
    Desired,
    Done,
    Key,
    Observed,
    Proof,
    Secret,
    SecretMark,
    Value,
    ref,
)
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import places, policies
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.noun import GcpKind
from paver_gcp.resources.service_account import CONFIRMED, account_id, account_key
from paver_gcp.resources.service_account import NOUN as ACCOUNT
from paver_gcp.settings import GcpSettings

NOUN = "service-account-key"
FORM = {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048"}


class ServiceAccountKey(Desired):
    """A key of an account. Its secret is a credentials file, whole."""

    account: Value
    email: Value
    enabled: bool = True


class ServiceAccountKeyKind(GcpKind[ServiceAccountKey]):
    """`service-account-key/CREDENTIAL`."""

    noun = NOUN
    once: ClassVar[bool] = True
    settle: ClassVar[float] = 10.0
    replace: ClassVar[frozenset[str]] = frozenset({"account", "email"})

    def create(self, want: ServiceAccountKey, attempt: Attempt) -> Answer:
        """Make it; the answer is the only one that ever has the private half."""
        path = f"{self._account(want.email)}/keys"
        made = self.api.change("POST", "iam", path, FORM, about=f"a key of {want.email}")
        id_ = str(made["name"]).rpartition("/")[2]
        file = base64.b64decode(made["privateKeyData"]).decode()
        shown = Secret(name=want.key.name, public_id=id_, value=SecretStr(file))
        return Done(have=self._seen(want, id_, attempt.owner, confirmed=False), secrets=(shown,))

    def confirm(self, have: Observed, attempt: Attempt) -> Answer:
        """Say so in its account's description."""
        account = Key(kind=ACCOUNT, name=attempt.key.name)
        text = f"{marker(attempt.owner, account)} confirmed={have.id}"
        body = {"serviceAccount": {"description": text}, "updateMask": "description"}
        self.api.change("PATCH", "iam", self._account(have.actual["email"]), body)
        mark = SecretMark(public_id=have.id, confirmed=True)
        return Done(have=have.model_copy(update={"secret": mark}))

    def change(self, have: Observed, want: ServiceAccountKey, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Somebody switched it off."""
        verb = "enable" if want.enabled else "disable"
        path = f"{self._account(want.email)}/keys/{have.id}:{verb}"
        self.api.change("POST", "iam", path, {}, about=f"key {have.id}")
        return changed(have, enabled=want.enabled)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove("iam", f"{self._account(have.actual['email'])}/keys/{have.id}")
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """One call for every owned account: IAM opens one at a time. Google's own keys are not asked for."""
        accounts = look.claimed(ACCOUNT)
        listed = look.each(
            lambda one: self.api.read("iam", f"{self._account(one[1]['email'])}/keys", keyTypes="USER_MANAGED"),
            accounts,
        )
        for (key, account), answer in zip(accounts, listed, strict=True):
            said = CONFIRMED.search(str(account.get("description", "")))
            confirmed = said[1] if said else ""
            found: list[Any] = [
                {**record, "Id": record["name"].rpartition("/")[2]} for record in answer.get("keys", ())
            ]
            # The one that the account names, else the newest, is the credential's; another is left from a rotation.
            ranked = sorted(found, key=lambda record: (record["Id"] == confirmed, record.get("validAfterTime", "")))
            for place, record in enumerate(reversed(ranked)):
                more = {"Account": account, "Confirmed": record["Id"] == confirmed, "Stray": place > 0}
                yield Key(kind=NOUN, name=key.name), {**record, **more}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With what its account says of it. A second one has no key, so that it is deleted."""
        account = record["Account"]
        like = ServiceAccountKey(
            key=key,
            name=account_id(owner.name, key),
            account=str(account["uniqueId"]),
            email=account["email"],
            enabled=not record.get("disabled", False),
        )
        seen = self._seen(like, record["Id"], owner, confirmed=bool(record["Confirmed"]))
        return seen.model_copy(update={"key": None}) if record["Stray"] else seen

    def _seen(self, like: ServiceAccountKey, id_: str, owner: Owner, *, confirmed: bool) -> Observed:
        mark = SecretMark(public_id=id_, confirmed=confirmed)
        return self.seen(like, id_, owner, proof=Proof.PARENT, needs=(str(like.account),), secret=mark)

    def _account(self, email: object) -> str:
        return f"projects/{self.api.project}/serviceAccounts/{email}"


def key_key(name: str) -> Key:
    """The key of a credential's key."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[ServiceAccountKey]:
    """One for each account: the CPI and a blobstore's clients take nothing else outside Google's own machines."""
    del settings
    for name in policies.accounts(spec):
        account = account_key(name)
        yield ServiceAccountKey(
            key=key_key(name),
            name=account_id(spec.name, key_key(name)),
            account=ref(account),
            email=ref(account, "email"),
        )
