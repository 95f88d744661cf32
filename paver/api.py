"""The library: what a pipeline task imports and what the command line is a thin shell over.

Nothing here prints, asks, installs a signal handler or ends the process. Progress goes to `on_event`; errors are
`PaverError`s and carry an `exit_code`.
"""

from __future__ import annotations
