// Room for WorkerApp.
