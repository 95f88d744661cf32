"""paver: the same typed environment on every IaaS.

`import paver` loads nothing but this; `paver.load_spec`, `paver.plan`, `paver.pave`, `paver.verify`, `paver.destroy`,
`paver.preflight`, `paver.outputs`, `paver.status` and `paver.Options` come with their first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paver.api import Options, destroy, outputs, pave, plan, preflight, status, verify
    from paver.settings import load_spec

__version__ = "0.1.0"
__all__ = ["Options", "destroy", "load_spec", "outputs", "pave", "plan", "preflight", "status", "verify"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  each name has its own type; type checkers see the imports above
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  nothing is loaded before it is asked for

    return getattr(importlib.import_module("paver.settings" if name == "load_spec" else "paver.api"), name)
