"""The formats by name, for whoever must not load them yet: one module each, of that name."""

from __future__ import annotations

FORMATS = (
    "bosh-director",
    "bosh-cloud-config",
    "bosh-runtime",
    "bucc",
    "concourse",
    "credhub",
    "dotenv",
    "tfvars",
)
SHELLS = ("posix", "fish", "powershell")
