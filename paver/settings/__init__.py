"""Files, environment and flags to a spec: `load_spec` for whoever uses it, `check_spec` for whoever writes it."""

from paver.settings.load import DEFAULT_FILE, Checked, LoadedSpec, check_spec, load_spec
from paver.settings.message import Message, Place
from paver.settings.resolved import resolved

__all__ = ["DEFAULT_FILE", "Checked", "LoadedSpec", "Message", "Place", "check_spec", "load_spec", "resolved"]
