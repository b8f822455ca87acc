"""The enums of imports."""

from __future__ import annotations

from modules.imports import events, models, rules
from modules.imports.reading import dates, fields
from schema import enum

ImportStage = enum(events.ImportStage)


ImportField = enum(fields.ImportField)


ImportDateOrder = enum(dates.ImportDateOrder)


ImportDuplicates = enum(rules.ImportDuplicates)


ImportOutcome = enum(models.ImportOutcome)


ImportSame = enum(models.ImportSame)


ImportKept = enum(models.ImportKept)


ImportRequestStatus = enum(models.ImportRequestStatus)
