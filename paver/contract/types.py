"""The contract's words as constrained types: every id, name and range has one; the strictest IaaS sets its limits."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

WORD = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
HOST = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"
LABEL_KEY = r"^[a-z][a-z0-9-]{0,31}$"
DAYS = r"^[1-9][0-9]{0,4}d$"

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that nobody changes, so that a frozen model is frozen all the way down."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a document does not change; make another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    pop = popitem = clear = update = setdefault = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none because it changes; this one does not
        return hash(frozenset(self.items()))


def freeze(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """The same value with every mapping a `FrozenDict` and every list a tuple."""
    if value is None or isinstance(value, str | int | float):
        return value  # whether a text is a mapping, each of an SDK's thousand models is asked
    if isinstance(value, Mapping):
        return FrozenDict({key: freeze(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(inner) for inner in value)
    return value


def _freeze_map(value: Mapping[K, V]) -> Mapping[K, V]:
    return FrozenDict(value)


Map = Annotated[Mapping[K, V], AfterValidator(_freeze_map)]
"""A mapping field of a document: things by name."""

Section = Annotated[Mapping[str, Any], AfterValidator(freeze)]
"""What only one driver understands: JSON here, typed by that driver."""


class Frozen(BaseModel):
    """Base of everything that crosses the contract: it does not change, and it has no key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


EnvironmentName = Annotated[str, StringConstraints(pattern=WORD, min_length=2, max_length=16)]
Name = Annotated[str, StringConstraints(pattern=WORD, min_length=2, max_length=15)]
DriverName = Annotated[str, StringConstraints(pattern=WORD, min_length=2, max_length=32)]
Host = Annotated[str, StringConstraints(pattern=HOST, max_length=253)]
Endpoint = Annotated[str, StringConstraints(pattern=HOST.removesuffix("$") + r"(:[1-9][0-9]{0,4})?$", max_length=259)]
"""A host, or a host and a port."""
CertificateName = Annotated[str, StringConstraints(pattern=r"^(\*\.)?" + HOST.removeprefix("^"), max_length=253)]
Days = Annotated[str, StringConstraints(pattern=DAYS)]
"""`90d`: no months, no surprises."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,63}$")]
LabelKey = Annotated[str, StringConstraints(pattern=LABEL_KEY)]
Port = Annotated[int, Field(ge=1, le=65535)]
GiB = Annotated[int, Field(gt=0)]

ZoneName = Literal["z1", "z2", "z3", "z4"]
Purpose = Literal["management", "services", "workload", "lb", "storage"]
Egress = Literal["direct", "nat", "proxy", "none"]
Allows = Literal["bosh-cpi", "blobstore", "registry", "dns", "custom"]
Kept = Literal["ephemeral", "persistent", "object"]
KeyType = Literal["ecdsa-p256", "ecdsa-p384", "rsa-3072", "rsa-4096"]
MadeBy = Literal["iaas", "platform"]
"""`platform`: its name, address and credential are kept here, and a later step makes it."""

Problem = tuple[tuple[str | int, ...], str]
"""Where in a document (path), and what is wrong there."""


def days(text: Days) -> int:
    """The number in `90d`."""
    return int(text.removesuffix("d"))


def range_bounds(text: str) -> tuple[IPv4Address, IPv4Address]:
    """First and last address of `10.0.0.1-10.0.0.9` or `10.0.0.1`. Raises ValueError."""
    first, _, last = text.partition("-")
    return IPv4Address(first), IPv4Address(last or first)


def _range(value: str) -> str:
    try:
        first, last = range_bounds(value)
    except ValueError:
        raise PydanticCustomError("range", "an address or a range is wanted, like 10.0.0.1-10.0.0.9") from None
    if first > last:
        raise PydanticCustomError("range", "the range ends before it begins")
    return value


Range = Annotated[str, AfterValidator(_range)]
"""`10.0.0.1-10.0.0.9` or one address, as BOSH writes it; both ends belong to it."""


class Owner(Frozen):
    """Whose a thing is: the environment's UUID, and its name for people."""

    id: UUID
    name: EnvironmentName


STORE_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


class SecretRef(Frozen):
    """Where a secret is, never what it is. In a spec `store:path#key`; in a document an object."""

    store: Annotated[str, StringConstraints(pattern=STORE_NAME, max_length=32)]
    path: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    key: str | None = None
    version: str | None = None
    """Opaque: it changes when the value does, and is no hash of it."""

    def __str__(self) -> str:
        return f"{self.store}:{self.path}" + (f"#{self.key}" if self.key else "")


KNOWN_STORES = ("env", "file", "vault", "credhub", "s3")
"""What a spec may write before the colon. The set is open: `paver.secret_stores` adds to it, under a longer name."""


def _reference(value: Any) -> Any:  # noqa: ANN401  whatever stands in the file
    if not isinstance(value, str):
        return value
    store, colon, rest = value.partition(":")
    path, _, key = rest.partition("#")
    # Whoever writes a password here must not see it again in a message, nor have it taken for a place.
    if not colon or not path or not (store in KNOWN_STORES or store.startswith("x-")):
        raise PydanticCustomError("secret", "a secret is named here, never written down")
    return {"store": store, "path": path, "key": key or None}


SpecSecret = Annotated[SecretRef, BeforeValidator(_reference, json_schema_input_type=str | SecretRef)]
"""A `SecretRef` as a spec writes it: `env:NAME`, `file:PATH`, `vault:PATH#KEY` …"""


def _zones(value: Any) -> Any:  # noqa: ANN401  whatever stands in the file
    if isinstance(value, int) and not isinstance(value, bool):
        # Five are as wrong as a billion, and are not a gigabyte.
        return [f"z{number}" for number in range(1, min(value, 5) + 1)]
    return value


def _zones_once(value: tuple[ZoneName, ...]) -> tuple[ZoneName, ...]:
    if not value:
        raise PydanticCustomError("zones", "at least one zone is needed")
    if len(set(value)) < len(value):
        raise PydanticCustomError("zones", "each zone stands here once")
    return value


Zones = Annotated[
    tuple[ZoneName, ...],
    BeforeValidator(_zones, json_schema_input_type=int | tuple[ZoneName, ...]),
    AfterValidator(_zones_once),
]
"""`3`, or the names."""


def base_of(info: ValidationInfo) -> Path:
    """The directory of the spec that is being read, from the validation context; else the current one."""
    return Path((info.context or {}).get("base", "."))


def _beside(value: str, info: ValidationInfo) -> str:
    return str(_path_beside(value, info))


def _path_beside(value: str, info: ValidationInfo) -> Path:
    try:
        return base_of(info) / Path(value).expanduser()
    except RuntimeError:
        raise PydanticCustomError("file", "there is no home directory of that user") from None


SpecFile = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_beside)]
"""A file that a spec names; a relative path starts at the spec. Whether it is there is preflight's question."""

SshPublicKey = Annotated[
    str,
    StringConstraints(pattern=r"^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+( [^\r\n]*)?$"),
    AfterValidator(lambda text: " ".join(text.split()[:2])),
]
"""As `ssh-keygen` writes it; the comment at its end is nobody's business."""

PEM_BEGIN = "-----BEGIN CERTIFICATE-----"
LARGEST_PEM = 64 << 10


def _trusted(value: str, info: ValidationInfo) -> str:
    text = value
    if not value.lstrip().startswith("-----BEGIN"):
        path = _path_beside(value, info)
        try:
            with path.open(encoding="ascii") as file:
                text = file.read(LARGEST_PEM)
        except OSError as error:
            raise PydanticCustomError(
                "pem_file", "{file} cannot be read: {why}", {"file": str(path), "why": error.strerror or "?"}
            ) from None
        except ValueError:
            text = ""
    begin, end = text.find(PEM_BEGIN), text.find("-----END CERTIFICATE-----")
    if begin < 0 or end < begin or text.count(PEM_BEGIN) != 1:
        raise PydanticCustomError("pem", "one certificate in PEM form is wanted")
    pem = text[begin:end] + "-----END CERTIFICATE-----\n"
    try:
        ssl.PEM_cert_to_DER_cert(pem)
    except ValueError:
        raise PydanticCustomError("pem", "one certificate in PEM form is wanted") from None
    return pem


TrustedCertificate = Annotated[str, AfterValidator(_trusted)]
"""A CA certificate: PEM, or the name of a PEM file beside the spec; once read it is PEM."""
