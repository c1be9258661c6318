"""What a stream is: its declaration, its cursor, and the port through which a system is read."""
