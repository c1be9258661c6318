"""The tasks of a flow: poll, map, format, deliver, commit, and the end of a session."""
