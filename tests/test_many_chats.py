from __future__ import annotations

import gc
import sys

from falcon.ui.many_chats import SECONDS_BETWEEN_THREADS, prepare_for_many


def test_imported_modules_are_left_out_of_later_collections() -> None:
    interval = sys.getswitchinterval()
    prepare_for_many.cache_clear()
    try:
        prepare_for_many()
        assert gc.get_freeze_count() > 10 * len(gc.get_objects())
        assert abs(sys.getswitchinterval() - SECONDS_BETWEEN_THREADS) < 1e-4
    finally:
        gc.unfreeze()
        sys.setswitchinterval(interval)
        prepare_for_many.cache_clear()
