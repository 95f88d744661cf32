"""Where secrets live: the store for what paver makes, the resolver for what a spec names, and the mint."""

from paver.secrets.directory import DirectoryStore
from paver.secrets.given import resolve
from paver.secrets.kinds import open_store
from paver.secrets.mint import SshKey, password, ssh_key
from paver.secrets.private import write_private
from paver.secrets.store import SecretStore, SecretUnreadable, SecretUnwritable, obtain

__all__ = [
    "DirectoryStore",
    "SecretStore",
    "SecretUnreadable",
    "SecretUnwritable",
    "SshKey",
    "obtain",
    "open_store",
    "password",
    "resolve",
    "ssh_key",
    "write_private",
]
