"""Start, find and stop a driver's local emulator. What to start is the driver's; that it runs is ours."""

from paver.sandbox.running import Running, find, state_home
from paver.sandbox.starting import up
from paver.sandbox.stopping import down

__all__ = ["Running", "down", "find", "state_home", "up"]
