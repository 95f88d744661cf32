"""Files out of an appliance's guest, through the pinned connection to the host that it runs on."""

from __future__ import annotations

from pydantic import SecretStr

from paver.contract.errors import Transient
from paver_vsphere.exchange import Peer, exchange, target_of
from paver_vsphere.sdk import vim
from paver_vsphere.session import Connection, Reference


class NotYet(Transient):
    """The guest is not far enough: its tools do not answer, or the file is not there yet."""


def guest_file(connection: Connection, vm: Reference, password: SecretStr, path: str) -> bytes:
    """A file of the guest, read as its root.

    The password goes to the host, whose certificate is pinned, and by the hypervisor into the guest: never over a
    network to a peer that nobody has checked.

    Raises:
        NotYet: while the guest boots.
    """
    manager = connection.properties(connection.content.guestOperationsManager, "fileManager")["fileManager"]
    login = vim().vm.guest.NamePasswordAuthentication(
        username="root", password=password.get_secret_value(), interactiveSession=False
    )
    faults = vim().fault
    early = (
        faults.GuestOperationsUnavailable,
        faults.InvalidPowerState,
        faults.FileNotFound,
        # Until first boot has set the password that we gave it, the guest refuses it.
        faults.InvalidGuestLogin,
    )

    def ask() -> object:
        try:
            return manager.InitiateFileTransferFromGuest(vm, login, path)
        except early as error:
            raise NotYet(f"the guest cannot give {path} yet ({type(error).__name__.rpartition('.')[2]})") from error

    answer = connection.read(ask, what=f"read {path} of the appliance")
    what = f"{connection.where}: fetch {path} of the appliance"
    return exchange(Peer.of(connection), "GET", target_of(str(answer.url)), what, {})
