from pathlib import Path

import pytest
from memory_hands import Build, Clock, Hands, settings_of, spec_of

from paver.contract.spec import EnvironmentSpec
from paver.memory.conditions import Conditions
from paver.memory.faults import FaultSource, no_faults
from paver.memory.world import World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build(clock: Clock, tmp_path: Path) -> Build:
    """Hands for a spec on a new world, or on that of others."""

    def make(
        spec: EnvironmentSpec | None = None,
        *,
        on: World | None = None,
        conditions: Conditions | None = None,
        faults: FaultSource = no_faults,
    ) -> Hands:
        spec = spec or spec_of()
        conditions = conditions or Conditions(pending=3.0)
        world = on or World(conditions=conditions, now=clock.now, pause=clock.pass_, faults=faults)
        return Hands(world, clock, spec, settings_of(spec, tmp_path))

    return make


@pytest.fixture
def hands(build: Build) -> Hands:
    return build()
