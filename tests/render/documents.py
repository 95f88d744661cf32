"""Environment documents as the emulators gave them: what `examples/one_spec.py` paves, kept.

`python tests/render/documents.py IAAS` paves that one and keeps its document.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from paver import api, registry
from paver.contract.environment import PavedEnvironment
from paver.render import rendering
from paver.render.text import text

KEPT = Path(__file__).with_name("documents")
IAASES = tuple(sorted(path.stem for path in KEPT.glob("*.json")))
WITH_CPI = tuple(name for name in IAASES if name != "memory")


def document(iaas: str) -> PavedEnvironment:
    return PavedEnvironment.model_validate_json((KEPT / f"{iaas}.json").read_bytes())


def rendered(iaas: str, name: str, part: int = 0) -> Any:
    """The tree of a rendering, its secrets in their places."""
    return api.render(document(iaas), name)[part].tree


def published(iaas: str, name: str, part: int = 0) -> Any:
    """What a consumer reads: the text without secrets, parsed."""
    one = rendering.without_secrets(api.render(document(iaas), name)[part])
    return yaml.safe_load(text(one))


def cpi(iaas: str) -> str:
    bosh = registry.driver(iaas).bosh()
    assert bosh is not None
    return bosh.cpi


def keep(iaas: str) -> None:
    """Pave the common spec, with a CA of the site's, on this driver's emulator."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
    import one_spec  # noqa: PLC0415  only who keeps a document paves

    trusted = {"corporate": str(Path(__file__).with_name("corporate.pem"))}
    certificates = {**one_spec.NEUTRAL["certificates"], "trusted": trusted}
    with tempfile.TemporaryDirectory() as place:
        with one_spec.paved(iaas, Path(place), certificates=certificates) as (environment, _):
            text = json.dumps(json.loads(environment.model_dump_json()), indent=1)
        (KEPT / f"{iaas}.json").write_text(text.replace(f"{place}/", "") + "\n")


if __name__ == "__main__":
    keep(sys.argv[1])
