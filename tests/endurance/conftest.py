"""The commands of the index, and a data folder with something to lose."""

from pathlib import Path

import pytest

from tests.endurance.scene import Scene
from tests.index.conftest import commands

__all__ = ["commands"]


@pytest.fixture(scope="session")
def scene(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Build the folder once; each test disturbs a copy."""
    return Scene.make(models, tmp_path_factory.mktemp("scene"))
