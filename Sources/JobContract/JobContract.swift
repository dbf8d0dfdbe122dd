// Room for JobContract.
