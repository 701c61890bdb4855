"""Where the page takes its settings from, in a process of its own as at a start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
READ = """
import streamlit as st
from falcon.ui.backend import environment, read_settings
environment()
st.secrets.load_if_toml_exists()  # as Streamlit's server does when it starts
parameters = read_settings().parameters
print(parameters.max_new_tokens, parameters.top_k)
"""


def read(folder: Path, secrets: str, **environ: str) -> str:
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(secrets)
    return subprocess.run(
        [sys.executable, "-c", READ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_secrets_toml_holds_settings_as_texts_or_numbers(tmp_path: Path) -> None:
    secrets = 'FALCON_MAX_NEW_TOKENS = "100"\nFALCON_TOP_K = 5\n'

    assert read(tmp_path, secrets) == "100 5"


def test_the_environment_of_a_start_wins_over_secrets_toml(tmp_path: Path) -> None:
    secrets = 'FALCON_MAX_NEW_TOKENS = "100"\nFALCON_TOP_K = 5\n'

    assert read(tmp_path, secrets, FALCON_MAX_NEW_TOKENS="77") == "77 5"
