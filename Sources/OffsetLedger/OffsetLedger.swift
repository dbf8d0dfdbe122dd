// Room for OffsetLedger.
