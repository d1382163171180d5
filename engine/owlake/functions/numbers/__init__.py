"""Numbers as whole columns: from text, to text, and between their types. No function of SQL stands here."""
