"""Business objects that write: AP invoices, GL journals, payments and suppliers (SYSPRO sheet 2.1 to 2.3).

Known are the elements of what is posted, the paths of errors, and that an answer's root is the lower-cased root of the
input; invented are all error numbers except 100031 and all texts except its own.
"""
