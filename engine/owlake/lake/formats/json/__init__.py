"""Reading JSON lines as the two JSON SerDes do."""
