"""What of the archive is searched: tables in SQLite or PostgreSQL."""
