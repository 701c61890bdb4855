from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from falcon import install
from falcon.install import InstallError


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("# why\nstreamlit==1\nxllamacpp==0\n")
    development = tmp_path / "requirements-dev.txt"
    development.write_text("-r requirements.txt\npytest==1\n")
    return development


@pytest.fixture
def venv(tmp_path: Path, requirements: Path) -> Path:
    """An environment in which the requirements seem to be installed."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    for file in install.included(requirements):
        install.stamp(venv, file).write_bytes(file.read_bytes())
    return venv


def test_unchanged_files_need_no_installing(venv: Path, requirements: Path) -> None:
    assert install.is_current(venv, requirements)
    assert install.is_current(venv, requirements.with_name("requirements.txt"))


def test_a_touched_file_needs_no_installing(venv: Path, requirements: Path) -> None:
    requirements.touch()

    assert install.is_current(venv, requirements)


def test_a_changed_included_file_needs_installing(
    venv: Path, requirements: Path
) -> None:
    requirements.with_name("requirements.txt").write_text("streamlit==2\n")

    assert not install.is_current(venv, requirements)


def test_a_python_that_is_gone_needs_installing(venv: Path, requirements: Path) -> None:
    (venv / "bin" / "python").unlink()

    assert not install.is_current(venv, requirements)


def test_all_but_the_optional_package_can_be_asked_for(requirements: Path) -> None:
    remaining = install.without_optional(requirements)

    assert remaining.split() == ["pytest==1", "streamlit==1"]


def test_a_long_command_tells_how_far_it_is(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install, "SECONDS_BETWEEN_LINES", 0.05)
    script = "import time; print('Collecting x (from y)', flush=True); time.sleep(0.3)"

    install.run([sys.executable, "-c", script], tmp_path / "log")

    assert "0 s  Collecting x\n" in capsys.readouterr().out


def test_a_failed_command_ends_with_its_own_words(tmp_path: Path) -> None:
    script = "print('no such package'); raise SystemExit(3)"

    with pytest.raises(InstallError, match="no such package"):
        install.run([sys.executable, "-c", script], tmp_path / "log")


def test_a_platform_without_the_wheel_installs_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pip\nxllamacpp==0\n")

    install.install(tmp_path / ".venv", requirements)

    assert "there is no local model here" in capsys.readouterr().out
    assert install.is_current(tmp_path / ".venv", requirements)


def test_it_runs_on_its_own_without_the_package() -> None:
    command = [sys.executable, "-I", install.__file__, "--help"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
