"""Files that others send: declared by a template, read into records, what does not fit set aside."""
