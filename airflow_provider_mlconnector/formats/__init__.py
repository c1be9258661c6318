"""Records to bytes: declared layouts, CSV and fixed width, file names. Pure: bytes go to the streams handed in."""
