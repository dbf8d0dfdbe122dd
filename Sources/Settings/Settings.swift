// Room for Settings.
