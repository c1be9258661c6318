"""Stampli: files over SFTP, since there is no public API (sheet 10); the neutral templates of its files."""
