"""How SYSPRO speaks: e.net business objects over REST, OData tables, and the streams that are read from them."""
