"""Conversations, presets and comparisons on disk.

SQLAlchemy, SQLite by default, any other database by URL.
"""

from __future__ import annotations

from falcon.history.comparisons import ComparisonSummary, KeptComparison
from falcon.history.listing import Summary
from falcon.history.reading import Saved
from falcon.history.store import History

__all__ = ["ComparisonSummary", "History", "KeptComparison", "Saved", "Summary"]
