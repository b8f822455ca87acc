"""The example module, installed as a deployment installs it, into a folder of the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LOYALTY = Path(__file__).resolve().parents[2] / "examples" / "loyalty"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, put there by pip or uv and without asking the network."""
    source = tmp_path_factory.mktemp("source") / "loyalty"
    shutil.copytree(LOYALTY, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("site")
    offline = ["--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run([*_installer(), *offline], check=True, capture_output=True, timeout=120)
    return target


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package installed for this process, as long as the test runs."""
    monkeypatch.syspath_prepend(str(site))
    yield site
    for name in [name for name in sys.modules if name.partition(".")[0] == "loyalty"]:
        del sys.modules[name]


def _installer() -> list[str]:
    """Find what installs into this environment: uv, the interpreter's own pip, or ours."""
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--offline", "--python", sys.executable]
    outside = str(getattr(sys, "_base_executable", sys.executable))
    quiet = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for python in (outside, sys.executable):
        asked = [python, "-m", "pip", "--version"]
        if subprocess.run(asked, check=False, capture_output=True, env=quiet).returncode == 0:
            return [python, "-m", "pip", "--python", sys.executable, "install", "--no-index"]
    raise FileNotFoundError("neither uv nor pip is there to install the example with")
