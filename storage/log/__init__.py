"""The log of what happened: written with the change it tells of, followed without gaps."""

from __future__ import annotations

from storage.log.changes import Change, Fact, Log, change, record, under_way
from storage.log.cursor import NOW, BadCursor, Cursor, CursorExpired
from storage.log.follower import Follower
from storage.log.readers import Attached, SlowReader
from storage.log.reading import Recorded, adopt_cluster, now, read

__all__ = [
    "NOW",
    "Attached",
    "BadCursor",
    "Change",
    "Cursor",
    "CursorExpired",
    "Fact",
    "Follower",
    "Log",
    "Recorded",
    "SlowReader",
    "adopt_cluster",
    "change",
    "now",
    "read",
    "record",
    "under_way",
]
