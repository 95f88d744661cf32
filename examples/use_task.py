"""A task that never paved, on a disk that knows nothing: `python use_task.py SPEC IAAS OUTPUT_DIRECTORY`.

It rebuilds the environment's document from the IaaS and from the secret store that the spec names, and leaves what a
pipeline reads: concourse-vars.yml and cloud-config.yml, with their secrets, for its own user's eyes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import paver
from paver import api
from paver.render.text import text
from paver.secrets import write_private


def main(spec: str, iaas: str, directory: str) -> int:
    """Render; the exit code says how it went."""
    output = Path(directory)
    try:
        loaded = paver.load_spec(spec, iaas=iaas)
        environment = paver.outputs(loaded, paver.Options(state_dir=output / "state"))
        for name in ("concourse", "bosh-cloud-config"):
            files = api.reveal(api.render(environment, name), loaded.base)
            write_private(output / "rendered", {one.name: text(one) for one in files})
    except paver.PaverError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
