"""Everything that outlives a process: tables, the log of what happened, jobs, objects."""
