"""Dates and times as whole columns: calendar, zones, reading and writing text. No function of SQL stands here."""
