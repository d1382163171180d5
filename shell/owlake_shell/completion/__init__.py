"""What may stand where a person types, as a pure function of the text, the cursor and the names there are."""
