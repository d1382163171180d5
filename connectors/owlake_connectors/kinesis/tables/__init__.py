"""Streams as tables: typed columns of their records, conditions that read less of the log, INSERT that puts."""
