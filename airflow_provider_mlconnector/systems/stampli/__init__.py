"""How files are exchanged with Stampli: over SFTP, in folders and under names that are settings: none is public."""
