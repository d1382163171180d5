-- Who may do what with new tables, for engines that ask: JSON [[principal, [permission, ...]], ...]. NULL: everybody
-- everything.
ALTER TABLE databases ADD COLUMN table_permissions TEXT;
