"""`python -m deploy`: commands for a terminal."""

from __future__ import annotations

from deploy.commands.app import main

if __name__ == "__main__":
    raise SystemExit(main())
