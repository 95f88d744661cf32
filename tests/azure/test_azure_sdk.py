"""The SDK is loaded a service at a time, and ahead of time only where changes are to come."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys, threading
from uuid import uuid4
from pydantic import SecretStr
from paver_azure.sdk import Sdk
from paver_azure.settings import AzureSettings

names = ("network", "compute", "storage", "msi", "authorization", "privatedns")
settings = AzureSettings(tenant=uuid4(), subscription=uuid4(), location="westeurope", jumpbox={"size": "Standard_B2s"})
sdk = Sdk(settings, lambda: SecretStr("none"))
seen = []
def loaded():
    seen.append([name for name in names if f"azure.mgmt.{name}" in sys.modules])
STEPS
print(json.dumps(seen))
"""


def loaded(*steps: str) -> list[list[str]]:
    """Which packages a process of its own has loaded after each step."""
    program = PROGRAM.replace("STEPS", "\n".join(f"{step}\nloaded()" for step in steps))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    return found


WAITED = "[one.join() for one in threading.enumerate() if one.name == 'paver-azure-load']"


def test_a_client_loads_its_own_service_and_no_other() -> None:
    assert loaded("pass", "sdk.client('storage', '2025-06-01')") == [[], ["storage"]]


def test_what_changes_need_is_loaded_ahead_unless_it_was_closed_by_then() -> None:
    everything = ["network", "compute", "storage", "msi", "authorization", "privatedns"]
    assert loaded(f"sdk.warm(); {WAITED}") == [everything]
    assert loaded(f"sdk.close(); sdk.warm(); {WAITED}") == [[]]
