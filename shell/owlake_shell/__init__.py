"""The doors: command line, interactive shell, migrations."""
