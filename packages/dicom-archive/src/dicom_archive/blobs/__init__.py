"""Where the files of the archive are kept."""
