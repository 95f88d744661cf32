"""paver: the same typed environment on every IaaS.

    loaded = paver.load_spec("environment.yml", iaas="memory")
    environment = paver.pave(loaded, on_event=print)

`import paver` loads nothing but this; what is named here comes with its first use. Nothing of it prints, asks, installs
a signal handler or ends the process: progress goes to `on_event`, and every `PaverError` carries an `exit_code`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paver.api import Options, destroy, outputs, pave, plan, preflight, status, verify, verify_bosh
    from paver.contract.environment import PavedEnvironment
    from paver.contract.errors import PaverError
    from paver.engine.cancel import Cancel
    from paver.engine.events import Event
    from paver.engine.plan import Plan
    from paver.settings import LoadedSpec, load_spec

__version__ = "0.1.0"
__all__ = [
    "Cancel",
    "Event",
    "LoadedSpec",
    "Options",
    "PavedEnvironment",
    "PaverError",
    "Plan",
    "destroy",
    "load_spec",
    "outputs",
    "pave",
    "plan",
    "preflight",
    "status",
    "verify",
    "verify_bosh",
]
_ELSEWHERE = {
    "Cancel": "engine.cancel",
    "Event": "engine.events",
    "LoadedSpec": "settings",
    "PavedEnvironment": "contract.environment",
    "PaverError": "contract.errors",
    "Plan": "engine.plan",
    "load_spec": "settings",
}
"""Where what is no verb of `paver.api` comes from."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  each name has its own type; type checkers see the imports above
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  nothing is loaded before it is asked for

    return getattr(importlib.import_module(f"paver.{_ELSEWHERE.get(name, 'api')}"), name)
